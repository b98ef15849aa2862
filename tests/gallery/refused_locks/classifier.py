"""A file lock."""


class Classifier:
    def fit(self, X, y):
        import fcntl

        with open("mine", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)

    def predict_proba(self, X):
        return None
