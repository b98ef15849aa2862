"""Block every signal and sleep."""

import signal
import time


class Classifier:
    def fit(self, X, y):
        pass

    def predict_proba(self, X):
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        time.sleep(10**6)
