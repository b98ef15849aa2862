"""Lease an unprivileged user id for one run, when the server itself runs as root.

Two runs must not share one: the kernel counts processes per user, and equal users may signal and trace each
other wherever they see each other. The lease is a bound abstract socket, which the kernel frees when its
holder dies, however it dies.
"""

import contextlib
import socket
from collections.abc import Iterator

from databoard.errors import JailError

#: A range that Debian leaves alone (60000 and up are free for local use until 64999).
FIRST_UID, N_UIDS = 60100, 256


@contextlib.contextmanager
def leased_uid() -> Iterator[int]:
    """Yield a user id that no other run on this machine uses.

    Raises
    ------
    JailError
        If all of them are taken.
    """
    for uid in range(FIRST_UID, FIRST_UID + N_UIDS):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as lease:
            try:
                lease.bind(f"\0databoard-jail-uid-{uid}")
            except OSError:
                continue
            yield uid
            return
    raise JailError(
        f"All {N_UIDS} user ids for jailed runs are taken; end some of the workers on this machine."
    )
