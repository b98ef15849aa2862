"""A file that is not there; the error lists those that are."""


class Classifier:
    def fit(self, X, y):
        with open("weights.txt", "w") as file:
            file.write("1")
        with open("train.csv") as file:
            file.read()

    def predict_proba(self, X):
        return None
