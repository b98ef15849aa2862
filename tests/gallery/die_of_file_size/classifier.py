"""Let the kernel's signal for a file beyond its limit end the program, as it ends one that is not Python."""

import signal

import numpy as np


class Classifier:
    def fit(self, X, y):
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        with open("huge", "wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
