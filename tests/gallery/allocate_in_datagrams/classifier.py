"""Let datagrams wait in sockets of UDP-Lite, which few programs know, with the largest queues that there are."""

import contextlib
import socket

import numpy as np

UDP_LITE, SIZE, N_SOCKETS = 136, 1 << 15, 150


def wait_in(receiver, sender):
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 30)  # the kernel grants what it may
    receiver.bind(("127.0.0.1", 0))
    for _ in range((8 << 20) // SIZE):  # what is too much is dropped
        sender.sendto(bytes(SIZE), receiver.getsockname())


def waiting_bytes(receiver):
    receiver.setblocking(False)
    n_bytes = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            n_bytes += len(receiver.recv(SIZE))
    return n_bytes


class Classifier:
    def fit(self, X, y):
        receivers = []
        with contextlib.suppress(OSError):
            for _ in range(N_SOCKETS):
                receivers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM, UDP_LITE))
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, UDP_LITE) as sender:
                    wait_in(receivers[-1], sender)
        n_bytes = sum(map(waiting_bytes, receivers))
        if n_bytes > 600 << 20:
            raise RuntimeError(f"LEAK: {n_bytes >> 20} MiB where 512 are the limit")

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
