import pandas as pd


class FeatureExtractor:
    def fit(self, X, y):
        pass

    def transform(self, X):
        # fails on purpose: the file lies beside the code, not where the program runs
        return X[["WeeksToDeparture"]].join(pd.read_csv("external_data.csv"))
