"""A package that is not installed; the error names those that are."""


class Classifier:
    def fit(self, X, y):
        import pandass

        pandass.DataFrame(X)

    def predict_proba(self, X):
        return None
