"""A child that is started in a session and ends its own group, which is that of the program here."""

import subprocess
import sys

END_OWN_GROUP = "import os, signal; os.killpg(os.getpgid(0), signal.SIGTERM)"


class Classifier:
    def fit(self, X, y):
        subprocess.run([sys.executable, "-c", END_OWN_GROUP], start_new_session=True, check=False)

    def predict_proba(self, X):
        return None
