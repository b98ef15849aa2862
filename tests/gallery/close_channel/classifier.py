"""Hang up and stay."""

import os
import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        os.closerange(0, 1000)
        time.sleep(10**6)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
