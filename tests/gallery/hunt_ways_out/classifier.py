"""Leave by datagram, by IPv6, by other protocols, by name service; look for devices and routes."""

import contextlib
import fcntl
import socket
import struct

import numpy as np

ADDRESSES = [
    (socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_INET, ("169.254.169.254", 80)),
    (socket.AF_INET, ("224.0.0.1", 9)),
    (socket.AF_INET, ("255.255.255.255", 9)), (socket.AF_INET, ("172.17.0.1", 80)),
    (socket.AF_INET, ("10.0.2.2", 80)),
    (socket.AF_INET6, ("2606:4700:4700::1111", 53, 0, 0)), (socket.AF_INET6, ("ff02::1", 9, 0, 1)),
    (socket.AF_INET6, ("fe80::1", 9, 0, 1)),
]  # fmt: skip
KINDS = [
    ("TCP", socket.SOCK_STREAM, 6), ("UDP", socket.SOCK_DGRAM, 17), ("MPTCP", socket.SOCK_STREAM, 262),
    ("SCTP", socket.SOCK_SEQPACKET, 132), ("DCCP", 6, 33), ("UDP-Lite", socket.SOCK_DGRAM, 136),
    ("SMC", socket.SOCK_STREAM, 256),
]  # fmt: skip
SIOCGIFCONF, SIOCSIFADDR, SIOCSIFFLAGS, SIOCADDRT, SIOCBRADDBR = 0x8912, 0x8916, 0x8914, 0x890B, 0x89A0


def hunt():
    for name, kind, protocol in KINDS:
        for family, address in ADDRESSES:
            with contextlib.suppress(OSError), socket.socket(family, kind, protocol) as way:
                way.settimeout(0.2)
                with contextlib.suppress(OSError):
                    way.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                way.connect(address)
                way.send(b"labels")
                raise RuntimeError(f"LEAK: {name} to {address[0]}")
    for host in ("example.com", "metadata.google.internal", "db", "host.docker.internal"):
        with contextlib.suppress(OSError):
            socket.getaddrinfo(host, 80)
            raise RuntimeError(f"LEAK: {host} is known")
    if devices() - {"lo"}:
        raise RuntimeError(f"LEAK: network devices {devices()}")


def devices():
    with contextlib.suppress(FileNotFoundError), open("/proc/net/dev") as file:
        return {line.split(":")[0].strip() for line in file if ":" in line}
    return set()


def change():
    """Change the network that there is."""
    request = struct.pack("16sh2s4s8x", b"lo", socket.AF_INET, b"", socket.inet_aton("10.0.0.1"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for number in (SIOCSIFADDR, SIOCSIFFLAGS, SIOCADDRT, SIOCBRADDBR):
            with contextlib.suppress(OSError):
                fcntl.ioctl(any_socket, number, request.ljust(120, b"\0"))
                raise RuntimeError(f"LEAK: network setting {number:#x}")


class Classifier:
    def fit(self, X, y):
        hunt()
        change()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
