"""Submissions of every temper, and the worker process that trains them."""

import os
import subprocess
import sys

import pytest

from databoard.states import PENDING_STATES, SubmissionState
from tests.support.light_iris import CLASSIFIER
from tests.support.programs import ROOT, running

PATIENCE_S = 240
#: What it is worth with the shipped kit is known; it needs scikit-learn, which the kit of `environment` does not.
LOGISTIC = """
import time, sys
from sklearn.linear_model import LogisticRegression

class Classifier:
    def fit(self, X, y):
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
"""
HONEST = f"import time\n{CLASSIFIER}"


def in_fit(line):
    """Return code that does something more when it is trained."""
    return HONEST.replace("self.classes =", f"{line}\n        self.classes =")


SLOW, ENDLESS = in_fit("time.sleep(4)"), in_fit("time.sleep(3600)")
BOTH_KINDS = ["sqlite", "postgresql"]


def on_sqlite(test):
    """Run a test of processes on SQLite, in `make chaos` on both kinds; services test the statements on both."""
    kinds = BOTH_KINDS if "CHAOS_JOBS" in os.environ else BOTH_KINDS[:1]
    return pytest.mark.shortened(pytest.mark.parametrize("database_kind", kinds, indirect=True)(test))


ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def worker(environment, **options):
    """Return a block in which a worker runs, in a session of its own, so that a kill reaches it alone."""
    return running([sys.executable, "-m", "fabric", "worker"], environment, **options)


def is_final(row):
    return row.state not in PENDING_STATES


def is_training(row):
    return row.state is SubmissionState.training


def processes_below(home):
    """Return command lines of processes that belong to this test's home."""
    found = subprocess.run(["pgrep", "-af", str(home.parent)], capture_output=True, text=True).stdout
    return [line for line in found.splitlines() if "pgrep" not in line]


def fab(environment, *words):
    """Return what a fab call prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "fabric", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
