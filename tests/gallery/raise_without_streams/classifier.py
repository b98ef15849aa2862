"""An error after all streams are gone: it is shown all the same."""


class Classifier:
    def fit(self, X, y):
        import sys

        for stream in (sys.stdin, sys.stdout, sys.stderr):
            stream.close()
        sys.stdout = sys.stderr = None
        raise ValueError("the real one")

    def predict_proba(self, X):
        return None
