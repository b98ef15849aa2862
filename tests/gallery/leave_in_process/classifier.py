"""Leave traces in modules, environment, random state, mask, niceness and limits that the next run might inherit."""

import builtins
import os
import resource
import sys
import threading

import numpy as np


def hunt():
    traces = {
        "module": "left_behind" in sys.modules,
        "numpy": hasattr(np, "left_behind") or np.mean([1.0, 3.0]) != 2.0,
        "builtins": hasattr(builtins, "left_behind"),
        "environment": "LEFT_BEHIND" in os.environ,
        "path": "/tmp/left-behind" in sys.path,
        "mask": os.umask(0o022) == 0o077,
        "limit": resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 333,
        "niceness": os.nice(0) == 17,
        "worker": hasattr(sys.modules.get("databoard.runner.fold_worker"), "left_behind"),
        "thread": threading.active_count() > 1,
    }
    for name, is_left in traces.items():
        if is_left:
            raise RuntimeError(f"LEAK: an earlier run left its {name}")


def leave():
    sys.modules["left_behind"] = builtins.left_behind = np.left_behind = sys
    sys.modules["databoard.runner.fold_worker"].left_behind = True
    np.mean = lambda values: 7.0
    os.environ["LEFT_BEHIND"] = "labels"
    sys.path.append("/tmp/left-behind")
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_NOFILE, (333, 333))
    os.nice(max(17 - os.nice(0), 0))
    threading.Thread(target=threading.Event().wait, daemon=True).start()


class Classifier:
    def fit(self, X, y):
        hunt()
        leave()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
