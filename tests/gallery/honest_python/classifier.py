"""Start another Python, which imports what the library folder offers and writes a result."""

import json
import subprocess
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression

PROGRAM = "import json, sys, numpy; print(json.dumps(float(numpy.mean(json.load(sys.stdin)))))"


class Classifier:
    def fit(self, X, y):
        self.model = LogisticRegression(max_iter=1000).fit(X, y)
        values = np.asarray(X)[:, 0].tolist()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=json.dumps(values),
            capture_output=True,
            text=True,
            check=True,
        )
        assert np.isclose(json.loads(done.stdout), np.mean(values))

    def predict_proba(self, X):
        return self.model.predict_proba(X)
