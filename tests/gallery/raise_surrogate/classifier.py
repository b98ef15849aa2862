"""An error text that no encoding can write."""


class Classifier:
    def fit(self, X, y):
        raise ValueError("half a pair: \ud800, \udfff")
