"""Ask for input: there is none."""

import sys

import numpy as np


class Classifier:
    def fit(self, X, y):
        try:
            self.answer = input("Continue? ")
        except EOFError:
            self.answer = sys.stdin.read()
        assert self.answer == ""

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
