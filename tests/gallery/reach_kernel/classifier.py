"""Call what reaches far into the kernel: programs, tracing, modules, keys, rings, quotas, I/O ports."""

import ctypes
import errno
import os

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
# Numbers of x86_64 and of aarch64; None where there is no such call.
CALLS = {
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "personality": (135, 92), "syslog": (103, 116),
    "acct": (163, 89), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "quotactl": (179, 60),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263), "inotify_init1": (294, 26), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "vhangup": (153, 58), "sethostname": (170, 161), "setdomainname": (171, 162),
    "mincore": (27, 232), "lookup_dcookie": (212, 18),
}  # fmt: skip
# What the kernel answers once it has looked at the arguments: then the call was reached.
REFUSED = {errno.EPERM, errno.EACCES, errno.ENOSYS}


def hunt():
    for name, numbers in CALLS.items():
        number = numbers[os.uname().machine != "x86_64"]
        if number is None:
            continue
        for first in (0, 1):
            result = LIBC.syscall(number, first, 1, 1, 0, 0, 0)
            if result >= 0 or ctypes.get_errno() not in REFUSED:
                raise RuntimeError(f"LEAK: {name} answers {result}, {errno.errorcode[ctypes.get_errno()]}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
