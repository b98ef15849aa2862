"""What a participant of a RAMP challenge hands in."""

from sklearn.linear_model import LogisticRegression


def get_estimator():
    return LogisticRegression(C=0.3)
