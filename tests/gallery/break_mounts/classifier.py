"""Unmount, remount, bind over and move what hides the files beneath."""

import contextlib
import ctypes
import os
import sys

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_MOVE, MS_SHARED, MNT_DETACH = 1, 32, 4096, 8192, 1 << 20, 2
PLACES = (b"/", b"/tmp", b"/proc", b"/dev", b"/dev/shm", b"/dev/pts", b"/srv/kit", b"/srv", b"/usr")
OPEN_TREE, MOVE_MOUNT, FSOPEN, FSPICK, MOUNT_SETATTR, OPEN_TREE_ATTR = 428, 429, 430, 433, 442, 467
OPEN_TREE_CLONE, AT_FDCWD = 1, -100


def attempts():
    for place in PLACES:
        for flags in (0, MNT_DETACH):
            yield "umount", lambda p=place, f=flags: LIBC.umount2(p, f)
        for kind, flags in (("remount", MS_REMOUNT), ("remount", MS_REMOUNT | MS_BIND), ("share", MS_SHARED)):
            yield kind, lambda p=place, f=flags: LIBC.mount(b"none", p, b"none", ctypes.c_ulong(f), None)
        yield "bind", lambda p=place: LIBC.mount(p, b"/tmp", b"none", ctypes.c_ulong(MS_BIND), None)
        yield "move", lambda p=place: LIBC.mount(p, b"/tmp", b"none", ctypes.c_ulong(MS_MOVE), None)
        yield "tmpfs", lambda p=place: LIBC.mount(b"none", p, b"tmpfs", ctypes.c_ulong(0), None)
        yield "open_tree", lambda p=place: LIBC.syscall(OPEN_TREE, AT_FDCWD, p, OPEN_TREE_CLONE)
        yield "fspick", lambda p=place: LIBC.syscall(FSPICK, AT_FDCWD, p, 0)
        attributes = (ctypes.c_uint64 * 4)(0, MS_RDONLY, 0, 0)  # clear read-only
        size = ctypes.c_size_t(32)
        yield (
            "mount_setattr",
            lambda p=place, a=attributes, s=size: LIBC.syscall(MOUNT_SETATTR, AT_FDCWD, p, 0, a, s),
        )
        yield (
            "open_tree_attr",
            lambda p=place, a=attributes, s=size: LIBC.syscall(
                OPEN_TREE_ATTR, AT_FDCWD, p, OPEN_TREE_CLONE, a, s
            ),
        )
        yield "chroot", lambda p=place: LIBC.chroot(p)
        yield "pivot_root", lambda p=place: LIBC.syscall(155 if os.uname().machine == "x86_64" else 41, p, p)
    for kind in (b"proc", b"tmpfs", b"overlay", b"mqueue", b"ext4"):
        yield "fsopen", lambda k=kind: LIBC.syscall(FSOPEN, k, 0)


def hunt():
    for what, attempt in attempts():
        if attempt() >= 0:
            raise RuntimeError(f"LEAK: {what}")
    # What lies beneath the private folders is that of the zygote.
    for path in ("/proc/1/root/tmp", "/proc/self/root/tmp", "/tmp/..", "/dev/shm/.."):
        with contextlib.suppress(OSError):
            if os.stat(path).st_dev not in {os.stat(place).st_dev for place in ("/tmp", "/", "/dev")}:
                raise RuntimeError(f"LEAK: {path}")
    # Python's own folder may lie below /tmp.
    expected = {
        "job",
        "kit",
        *(p.split("/")[2] for p in (sys.prefix, sys.base_prefix) if p.startswith("/tmp/")),
    }
    if {*os.listdir("/tmp")} - expected or os.listdir("/dev/shm"):
        raise RuntimeError("LEAK: files of others")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
