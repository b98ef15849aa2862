"""Make sockets of every family: packets, netlink, vsock, Bluetooth, crypto and what the kernel has loaded."""

import ctypes
import socket

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
LOCAL = {int(family) for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)}
TYPES = (1, 2, 3, 4, 5, 6, 10)  # stream, datagram, raw, reliable, whole messages, DCCP, packet


def hunt():
    pair = (ctypes.c_int * 2)()
    for family in set(range(1, 60)) - LOCAL:
        for kind in TYPES:
            if LIBC.socket(family, kind, 0) >= 0 or LIBC.socketpair(family, kind, 0, pair) == 0:
                raise RuntimeError(f"LEAK: socket family {family}")
    foreign = ((3, 1), (3, 255), (3, 58), (2, 1), (2, 58), (10, 3))  # raw IP, ping
    foreign += ((1, 262), (2, 136), (1, 132), (5, 132), (6, 33))  # Multipath TCP, UDP-Lite, SCTP, DCCP
    for kind, protocol in foreign:
        for family in (socket.AF_INET, socket.AF_INET6):
            if LIBC.socket(family, kind, protocol) >= 0:
                raise RuntimeError(f"LEAK: a foreign socket, type {kind}, protocol {protocol}")


class Classifier:
    def fit(self, X, y):
        hunt()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
