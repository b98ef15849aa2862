"""Leave a daemon behind, detached twice."""

import os

import numpy as np


class Classifier:
    def fit(self, X, y):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execv("/usr/bin/sleep", ["sleep", "98765"])
            os._exit(0)
        os.wait()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
