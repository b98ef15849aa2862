"""A child that is started in a session, and the end of its group, which is the program's own here."""

import os
import signal
import subprocess


class Classifier:
    def fit(self, X, y):
        child = subprocess.Popen(["sleep", "60"], start_new_session=True)
        os.killpg(os.getpgid(child.pid), signal.SIGTERM)
        child.wait()

    def predict_proba(self, X):
        return None
