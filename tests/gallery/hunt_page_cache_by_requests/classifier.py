"""Ask which pages of a shared file are in memory by asynchronous requests, which take the flag that reads may not."""

import contextlib
import ctypes
import os
import struct

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
IS_X86 = os.uname().machine == "x86_64"
IO_SETUP, IO_SUBMIT, IO_GETEVENTS = (206, 209, 208) if IS_X86 else (0, 2, 4)
PREAD, NOWAIT, EAGAIN = 0, 8, 11
N_FILES = 50


def files():
    for folder, _, names in os.walk(os.path.dirname(os.__file__)):
        for name in names[:3]:
            with contextlib.suppress(OSError):
                yield os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW)


def hunt():
    context = ctypes.c_ulong(0)
    if LIBC.syscall(IO_SETUP, 8, ctypes.byref(context)) != 0:
        return  # the call is refused
    page, event = ctypes.create_string_buffer(1), ctypes.create_string_buffer(32)
    for _, descriptor in zip(range(N_FILES), files(), strict=False):
        # struct iocb of linux/aio_abi.h: data, key, flags, call, priority, descriptor, buffer, bytes, place, ...
        request = struct.pack(
            "=QIIHhIQQqQII", 0, 0, NOWAIT, PREAD, 0, descriptor, ctypes.addressof(page), 1, 0, 0, 0, 0
        )
        block = ctypes.create_string_buffer(request)
        blocks = (ctypes.c_void_p * 1)(ctypes.addressof(block))
        LIBC.syscall(IO_SUBMIT, context, ctypes.c_long(1), blocks)
        LIBC.syscall(IO_GETEVENTS, context, ctypes.c_long(1), ctypes.c_long(1), event, None)
        os.close(descriptor)
        if struct.unpack_from("=QQqq", event.raw)[2] in (1, -EAGAIN):
            raise RuntimeError("LEAK: the kernel tells whether a page is in memory")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
