"""Shared memory without a file."""


class Classifier:
    def fit(self, X, y):
        import mmap

        mmap.mmap(-1, 4096)

    def predict_proba(self, X):
        return None
