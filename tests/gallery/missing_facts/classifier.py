"""What the machine has, as psutil reads it."""


class Classifier:
    def fit(self, X, y):
        with open("/proc/meminfo") as file:
            file.read()

    def predict_proba(self, X):
        return None
