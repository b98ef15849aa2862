"""Recurse until the stack is full."""

import sys
import threading

import numpy as np


def deeper(values):
    return sorted(values, key=lambda value: deeper(values))


class Classifier:
    def fit(self, X, y):
        sys.setrecursionlimit(10**9)
        threading.stack_size(1 << 20)
        thread = threading.Thread(target=deeper, args=([1, 2],))
        thread.start()
        thread.join()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
