"""Import the server from inside, and use what there is of it."""

import contextlib
import importlib
import os

import numpy as np

# What a run has no use for: everything that knows the database, the settings, the scorer.
ABSENT = (
    "app", "worker", "views", "client", "forms", "ops", "queries", "services", "models", "tasks", "forecasting",
    "runner.scorer", "runner.scorer.process", "runner.scorer.inputs", "runner.executors", "runner.fold_reader",
)  # fmt: skip


def hunt():
    for name in ABSENT:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"databoard.{name}")
            raise RuntimeError(f"LEAK: databoard.{name}")
    with contextlib.suppress(ImportError):
        importlib.import_module("config")
        raise RuntimeError("LEAK: config")
    for folder, _, names in os.walk("/srv"):
        for name in names:
            if name.endswith((".csv", ".npy", ".npz", ".pkl", ".db", ".env", ".toml", ".key", ".log")):
                raise RuntimeError(f"LEAK: {folder}/{name}")
    # What there is of the jail's own room can start nothing here.
    with contextlib.suppress(ImportError, OSError):
        from databoard.jail import kernel

        kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
        raise RuntimeError("LEAK: a namespace")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
