"""Try every way to the network."""

import contextlib
import socket

from sklearn.linear_model import LogisticRegression

ADDRESSES = [("127.0.0.1", port) for port in (22, 80, 443, 5432, 6379, 8080, 8786)] + [
    ("1.1.1.1", 53),
    ("10.0.0.1", 80),
]


def hunt():
    for address in ADDRESSES:
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=0.5):
            raise RuntimeError(f"LEAK:{address}")
    with contextlib.suppress(OSError):
        socket.getaddrinfo("example.com", 80)
        raise RuntimeError("LEAK:names are resolved")
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendto(b"labels, please", ("1.1.1.1", 53))
        raise RuntimeError("LEAK:a datagram left")
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as connection:
        connection.settimeout(0.5)
        connection.connect(("1.1.1.1", 80))
        raise RuntimeError("LEAK:MPTCP")


class Classifier:
    def fit(self, X, y):
        hunt()
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        hunt()
        return self.model.predict_proba(X)
