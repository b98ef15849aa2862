"""Make nodes of disks, memory and terminals, and links that lead out."""

import contextlib
import os
import stat

import numpy as np

DEVICES = [
    ("memory", stat.S_IFCHR, 1, 1), ("kernel log", stat.S_IFCHR, 1, 11), ("console", stat.S_IFCHR, 5, 1),
    ("kvm", stat.S_IFCHR, 10, 232), ("fuse", stat.S_IFCHR, 10, 229), ("tun", stat.S_IFCHR, 10, 200),
    ("vda", stat.S_IFBLK, 254, 0), ("sda", stat.S_IFBLK, 8, 0), ("nvme", stat.S_IFBLK, 259, 0),
    ("loop", stat.S_IFBLK, 7, 0),
]  # fmt: skip
OUTSIDE = (
    "/etc/fstab",
    "/etc/shadow",
    "/root/.profile",
    "/root/.ssh",
    "/var",
    "/run",
    "/sys/kernel",
    "/boot",
)


def hunt():
    for folder in ("/tmp", "/dev/shm"):
        for name, kind, major, minor in DEVICES:
            with contextlib.suppress(OSError):
                os.mknod(f"{folder}/{name}", kind | 0o666, os.makedev(major, minor))
                raise RuntimeError(f"LEAK: a device of {name}")
        for number, target in enumerate(OUTSIDE):
            for prefix in ("", "/proc/self/root", "/proc/1/root", "/proc/1/cwd/.."):
                link = f"{folder}/link{number}"
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(link)
                os.symlink(prefix + target, link)
                with contextlib.suppress(OSError):
                    os.stat(link)
                    raise RuntimeError(f"LEAK: {prefix}{target}")
    for name in ("mem", "kmsg", "kvm", "fuse", "net/tun", "vsock", "vhost-net", "console", "mqueue", "input"):
        if os.path.exists(f"/dev/{name}"):
            raise RuntimeError(f"LEAK: /dev/{name}")


class Classifier:
    def fit(self, X, y):
        hunt()
        os.mkfifo("predictions.npy")  # nobody outside may wait for what comes out of it

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
