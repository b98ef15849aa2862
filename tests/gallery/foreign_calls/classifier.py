"""Call the kernel by int 0x80 and by x32 numbers, where the numbers of a filter mean other calls."""

import ctypes
import mmap
import os

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
X32_BIT, GETPID, GETPID_32 = 0x40000000, 39, 20
# mov eax, 20; int 0x80; ret
CODE = b"\xb8" + GETPID_32.to_bytes(4, "little") + b"\xcd\x80\xc3"


def hunt():
    if os.uname().machine != "x86_64":
        return
    for number in (GETPID | X32_BIT, 512 | X32_BIT, 520 | X32_BIT):
        if LIBC.syscall(number, 0, 0, 0) >= 0:
            raise RuntimeError("LEAK: x32")
    child = os.fork()
    if child == 0:
        rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=rights)
        page.write(CODE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        os._exit(77 if ctypes.CFUNCTYPE(ctypes.c_int)(address)() == os.getpid() else 0)
    # A kernel without such calls ends the child by a signal.
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 77:
        raise RuntimeError("LEAK: int 0x80")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
