"""A child in a group of its own, and in what it takes for a session of its own; both are ended as a whole."""

import os
import signal
import subprocess

import numpy as np


class Classifier:
    def fit(self, X, y):
        child = subprocess.Popen(["sleep", "60"], process_group=0)
        os.killpg(child.pid, signal.SIGTERM)
        assert child.wait(timeout=10) == -signal.SIGTERM
        child = subprocess.Popen(["sleep", "60"], start_new_session=True)
        os.killpg(os.getpgid(child.pid), signal.SIGKILL)  # as tools do; every process but this one
        assert child.wait(timeout=10) == -signal.SIGKILL

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
