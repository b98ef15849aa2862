"""Say which versions train it."""

import pandas
import sklearn
from sklearn.linear_model import LogisticRegression


def get_estimator():
    print("versions", pandas.__version__, sklearn.__version__)
    return LogisticRegression()
