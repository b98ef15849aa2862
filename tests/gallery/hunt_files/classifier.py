"""Search the file system for data, settings and keys."""

import os
import sys

from sklearn.linear_model import LogisticRegression

PUBLIC = ("/proc", "/usr", "/lib", sys.prefix, sys.base_prefix)
SUFFIXES = (".csv", ".npz", ".npy", ".pkl", ".db", ".sqlite", ".parquet", ".toml", ".env", ".pem", ".key")
NAMES = ("shadow", "id_rsa", "databoard.db", "secret_key", ".pgpass", "config.py", "fabfile.py", "data")


def hunt():
    for folder, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if not os.path.join(folder, name).startswith(PUBLIC)]
        for name in (*names, *folders):
            path = os.path.join(folder, name)
            if path.startswith(PUBLIC) or folder == "/":
                continue
            if name.endswith(SUFFIXES) or name in NAMES:
                raise RuntimeError(f"LEAK:{path}")
    for path in ("/etc/shadow", "/etc/hostname", "/sys/class", "/run", "/home", "/var"):
        if os.path.exists(path):
            raise RuntimeError(f"LEAK:{path}")
    with open("/etc/passwd") as file:
        users = [line.partition(":")[0] for line in file]
    if users != ["student"]:
        raise RuntimeError(f"LEAK:{users}")


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        hunt()
        return self.model.predict_proba(X)
