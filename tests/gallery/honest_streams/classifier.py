"""Standard streams used as their owner may: set up, wrapped, replaced, closed."""

import io
import sys

from sklearn.linear_model import LogisticRegression

sys.stdout.reconfigure(encoding="utf-8", line_buffering=False)
sys.stderr.reconfigure(errors="replace")


class Classifier:
    def fit(self, X, y):
        print("as one word: grün", flush=True)
        print("an error line", file=sys.stderr)
        wrapped = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
        print("wrapped", file=wrapped, flush=True)
        assert sys.stdin.read() == ""
        self.model = LogisticRegression(max_iter=1000).fit(X, y)
        sys.stdout = sys.stderr = None
        print("into nothing")

    def predict_proba(self, X):
        sys.__stdout__.close()
        sys.__stderr__.close()
        sys.stdin.close()
        return self.model.predict_proba(X)
