"""Search its memory for pages that are shared, not copied, with the zygote: one fold writes, another reads."""

import numpy as np


def hunt():
    with open("/proc/self/maps") as file:
        for line in file:
            if line.split()[1][3] == "s" and "w" in line.split()[1]:
                raise RuntimeError(f"LEAK: a shared mapping {line.strip()}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        hunt()
        return np.full((len(X), 3), 1 / 3)
