"""The worker's side of one cell: an inner wall, used for one run. ``warm`` has the zygote that forks it.

A :class:`Cell` has the interface of a ``Wall`` (``runs``), so the supervisor treats both in the same way.
"""

import contextlib
import json
import os
import select
import signal
import socket
import time

from databoard.errors import JailError
from databoard.jail.wall import GONE_WITHIN_S

_WALL_WITHIN_S = 20.0
_MAX_WORDS_BYTES = 4000
#: What ``zygote`` writes when the kernel refuses a part of the wall.
_REFUSED = "the inner wall failed"


class InnerWallError(JailError):
    """The kernel refused a part of the inner wall."""


class Cell:
    """One inner wall, good for one run; answers like :class:`databoard.jail.wall.Wall`.

    Attributes
    ----------
    connection, output
        Our ends of the channel and of standard output and error.
    is_lost : bool
        Whether it ended because its zygote did.
    """

    is_root_counted = False

    def __init__(self) -> None:
        with contextlib.ExitStack() as stack:  # where the system has no more, what it gave goes back
            self.connection, self._channel = map(stack.enter_context, socket.socketpair())
            ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._told, self._status = map(stack.enter_context, ends)
            output_read, self._output_write = os.pipe()
            stack.pop_all()
        self.output = os.fdopen(output_read, "rb", buffering=0)
        self.connection.setblocking(False)
        os.set_blocking(output_read, False)
        self.root, self._root_pidfd = -1, -1
        self.cpu_time_s, self.max_rss_bytes = 0.0, 0
        self.status: int | None = None
        self.is_lost = False
        self._is_killed = self._is_closed = False
        self._kept = contextlib.ExitStack()

    def keep(self, stack: contextlib.ExitStack) -> None:
        """Close ``stack`` when this cell is closed."""
        self._kept = stack

    def ends(self, stack: contextlib.ExitStack) -> list[int]:
        """Return the descriptors for the inside; they are closed with ``stack``."""
        for end in (self._channel, self._status):
            stack.callback(end.close)
        stack.callback(os.close, self._output_write)
        return [self._channel.fileno(), self._output_write, self._status.fileno()]

    def await_wall(self) -> None:
        """Wait until the inner wall stands.

        Raises
        ------
        JailError
            If it does not; `InnerWallError` only when the kernel refused it. A zygote that cannot fork for now, or is
            slow on a busy machine, says nothing of what the machine allows.
        """
        message, descriptors = b"", list[int]()
        if select.select([self._told], [], [], _WALL_WITHIN_S)[0]:
            message, descriptors, _, _ = socket.recv_fds(self._told, 64, 1)
        if message != b"INIT" or len(descriptors) != 1:
            words = self._last_words()
            kind = InnerWallError if _REFUSED in words else JailError
            raise kind(f"The inner wall cannot be raised: {words}")
        (self._root_pidfd,) = descriptors
        self.root = _pid_of(self._root_pidfd)

    def give(self, inputs: tuple[int, ...]) -> None:
        """Hand over the inputs; the run starts."""
        try:
            socket.send_fds(self.connection, [b"+"], list(inputs))
        except OSError as error:
            raise JailError(f"The cell is gone before it began: {error}. {self._last_words()}") from error

    def has_ended(self) -> bool:
        """Return whether the main process has ended by itself."""
        if self.status is None:
            self._hear(0)
        return self.status is not None

    def kill(self) -> None:
        """Kill the whole cell and wait until it is gone.

        Raises
        ------
        JailError
            If something is still alive after a minute.
        """
        if self._is_killed or self._root_pidfd < 0:
            return
        self._is_killed = True
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._root_pidfd, signal.SIGKILL)
        deadline = time.monotonic() + GONE_WITHIN_S
        # The kernel lets the init go only when the last of the namespace is gone.
        if not select.select([self._root_pidfd], [], [], GONE_WITHIN_S)[0]:
            raise JailError(f"A jailed run (process {self.root}) did not end when it was killed.")
        if self.status is None:
            self._hear(max(deadline - time.monotonic(), 0.1))

    def close(self) -> None:
        """Kill what runs and give the descriptors back."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self.kill()
        finally:
            for end in (self.connection, self._told, self.output):
                end.close()
            if self._root_pidfd >= 0:
                os.close(self._root_pidfd)
            self._kept.close()

    def _hear(self, within_s: float) -> None:
        """Take in what the watcher tells of the end, when it is there within this time."""
        if not select.select([self._told], [], [], within_s)[0]:
            return
        try:
            facts = json.loads(self._told.recv(1024))
        except (OSError, ValueError):
            # The watcher went first: the zygote was ended, and with it all of its cells.
            self.status, self.is_lost = -signal.SIGKILL, True
            return
        self.status, self.cpu_time_s = int(facts["status"]), float(facts["cpu_time_s"])
        self.max_rss_bytes = int(facts["max_rss_bytes"])

    def _last_words(self) -> str:
        time.sleep(0.05)  # the process that failed is writing its last line
        with contextlib.suppress(OSError):
            return (os.read(self.output.fileno(), _MAX_WORDS_BYTES) or b"").decode("utf-8", "replace").strip()
        return "no word"


def _pid_of(pidfd: int) -> int:
    """Return the number that a process has in our namespace."""
    with open(f"/proc/self/fdinfo/{pidfd}") as file:
        return int(next(line.split()[1] for line in file if line.startswith("Pid:")))
