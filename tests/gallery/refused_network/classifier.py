"""Data from the network, whose absence is told with what to do instead."""


class Classifier:
    def fit(self, X, y):
        import urllib.request

        urllib.request.urlopen("http://example.org/x.csv", timeout=3)

    def predict_proba(self, X):
        return None
