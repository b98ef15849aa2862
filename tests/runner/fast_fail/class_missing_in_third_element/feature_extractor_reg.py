class Extractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        return X[["age", "bmi"]].to_numpy()
