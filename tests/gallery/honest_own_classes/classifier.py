"""Its own classes and functions, pickled and sent to worker processes, as a module of the author's does at home."""

import enum
import pickle

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline


class Kind(enum.Enum):
    wide = "wide"


class Scaled(TransformerMixin, BaseEstimator):
    def __init__(self, kind=Kind.wide):
        self.kind = kind

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        assert self.kind is Kind.wide
        return np.asarray(X) * 1.0


def square(number):
    return number * number


class Classifier:
    def fit(self, X, y):
        with open("scaled.pkl", "wb") as file:
            pickle.dump((Scaled(), Kind.wide, square), file)
        with open("scaled.pkl", "rb") as file:
            scaled, kind, function = pickle.load(file)
        assert type(scaled) is Scaled and kind is Kind.wide and function is square
        assert Parallel(n_jobs=2)(delayed(square)(number) for number in range(4)) == [0, 1, 4, 9]
        steps = [("scaled", scaled), ("regression", LogisticRegression(max_iter=1000))]
        pipeline = Pipeline(steps, memory="cache").fit(X, y)
        assert list(pipeline.fit(X, y).classes_) == sorted(set(y))
        search = GridSearchCV(Pipeline(steps), {"regression__C": [0.1, 1.0]}, n_jobs=2, cv=2)
        self.model = search.fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
