"""Search the environment, Python's and the C library's."""

import ctypes
import os

from sklearn.linear_model import LogisticRegression

KNOWN = {
    "PATH",
    "HOME",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_CTYPE",
    "PWD",
    "PYTHONDONTWRITEBYTECODE",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "JE_ARROW_MALLOC_CONF",
    "KMP_DUPLICATE_LIB_OK",
    "KMP_INIT_AT_FORK",
    "SKLEARN_RUNTIME",
}


def hunt():
    for name in os.environ:
        if name not in KNOWN:
            raise RuntimeError(f"LEAK:{name}")
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    for name in (b"DATABOARD_SECRET_KEY", b"DATABOARD_DB_URL", b"DATABOARD_HOME"):
        if getenv(name) is not None:
            raise RuntimeError(f"LEAK:{name}")


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        hunt()
        return self.model.predict_proba(X)
