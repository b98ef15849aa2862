"""Use up the processors in processes that end and are never waited for."""

import os
import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        for _ in range(40):
            if os.fork() == 0:
                while time.process_time() < 0.2:
                    pass
                os._exit(0)
            time.sleep(0.8)
        print("LEAK of processor time")

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
