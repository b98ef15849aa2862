"""Search /proc for the environment, command lines and open files of others."""

import contextlib
import os
from pathlib import Path

from sklearn.linear_model import LogisticRegression

NAMED = (b"DATABOARD", b"SECRET", b"PASSWORD", b"postgres", b"sqlite", b"uvicorn", b"pytest", b"root:")


def hunt():
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    if len(pids) > 2:
        raise RuntimeError(f"LEAK:{len(pids)} processes")
    for pid in pids:
        for what in ("environ", "cmdline", "root/etc/passwd", "root/etc/shadow", "cwd/databoard/config.py"):
            with contextlib.suppress(OSError):
                content = Path(f"/proc/{pid}/{what}").read_bytes()
                if what.startswith(("root/etc/shadow", "cwd")) or any(name in content for name in NAMED):
                    raise RuntimeError(f"LEAK:{what} of {pid}")
        with contextlib.suppress(PermissionError, FileNotFoundError):
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
                    if target.startswith("/") and not target.startswith(("/dev/null", "/memfd:", "/proc")):
                        raise RuntimeError(f"LEAK:{target}")


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        hunt()
        return self.model.predict_proba(X)
