"""A kit whose labels can be recognised, and submissions of it."""

MARKED = """
import numpy as np
from databoard.scoring import prediction_types, score_types
from databoard.workflows import Regressor

problem_title = "Marked"
Predictions = prediction_types.make_regression()
workflow = Regressor()
score_types = [score_types.RMSE(name="rmse")]

def get_cv(X, y):
    pool, rest = np.arange(80), np.arange(80, 120)
    return [(pool[pool % 4 != k], np.concatenate([pool[pool % 4 == k], rest])) for k in range(4)]

def get_train_data(path="."):
    random = np.random.default_rng(1)
    return random.normal(size=(120, 3)), random.uniform(1, 2, size=120)

def get_test_data(path="."):
    random = np.random.default_rng(2)
    return random.normal(size=(30, 3)), random.uniform(1, 2, size=30)
"""

MEAN = b"""
import subprocess, time
import numpy as np

class Regressor:
    def fit(self, X, y):
        pass  # here
        self.mean = y.mean()

    def predict(self, X):
        return self.mean + X[:, 0]
"""

SLOW = MEAN.replace(b"pass  # here", b"time.sleep(2)")


def sleeper(seconds):
    return MEAN.replace(b"pass  # here", f'subprocess.run(["sleep", "{seconds}"])'.encode())


def ys(runs):
    return [run.y_pred_train for run in runs]
