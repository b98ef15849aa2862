"""Call, by their numbers, the newer twins of calls that are refused, and what no kernel has yet."""

import ctypes
import errno
import os

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
# The same on x86_64 and aarch64.
CALLS = {
    "quotactl_fd": 443, "process_mrelease": 448, "futex_waitv": 449, "futex_wake": 454, "futex_wait": 455,
    "futex_requeue": 456, "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460,
    "lsm_list_modules": 461, "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467, "file_setattr": 469,
    "listns": 470, "one that is not there yet": 472, "another": 499,
}  # fmt: skip
# Older twins, with the number of x86_64 and of aarch64.
OLDER = {
    "mq_open": (240, 180), "io_setup": (206, 0), "move_pages": (279, 239), "migrate_pages": (256, 238),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "ustat": (136, None), "sysfs": (139, None),
}  # fmt: skip
# What the kernel answers once it has looked at the arguments: then the call was reached.
REFUSED = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOTSUP}


def hunt():
    at = os.uname().machine != "x86_64"
    for name, number in (CALLS | {name: numbers[at] for name, numbers in OLDER.items()}).items():
        if number is not None:
            result = LIBC.syscall(number, -1, 1, 1, 0, 0, 0)
            if result >= 0 or ctypes.get_errno() not in REFUSED:
                raise RuntimeError(f"LEAK: {name} answers {result}, {errno.errorcode[ctypes.get_errno()]}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
