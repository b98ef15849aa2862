"""Submissions of every temper, and the worker process that trains them."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from databoard.states import PENDING_STATES, SubmissionState

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE_S = 90
HEAD = "import time, sys\nfrom sklearn.linear_model import LogisticRegression\n"
HONEST = (
    HEAD
    + """
class Classifier:
    def fit(self, X, y):
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
"""
)
SLOW = HONEST.replace("self.model =", "time.sleep(4)\n        self.model =")
ENDLESS = HONEST.replace("self.model =", "time.sleep(3600)\n        self.model =")
BOTH_KINDS = ["sqlite", "postgresql"]


def on_sqlite(test):
    """Run a test of processes on SQLite, in `make chaos` on both kinds; services test the statements on both."""
    kinds = BOTH_KINDS if "CHAOS_JOBS" in os.environ else BOTH_KINDS[:1]
    return pytest.mark.shortened(pytest.mark.parametrize("database_kind", kinds, indirect=True)(test))


ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@contextmanager
def worker(environment):
    """A worker process of its own session, so that a kill reaches it alone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fabric", "worker"], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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
