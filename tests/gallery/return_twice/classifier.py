"""Fork while it trains, and let both return: the child must not answer a second time."""

import os
import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        self.is_child = os.fork() == 0
        if not self.is_child:
            time.sleep(0.2)

    def predict_proba(self, X):
        if self.is_child:
            raise RuntimeError("LEAK: the child went on")
        return np.full((len(X), 3), 1 / 3)
