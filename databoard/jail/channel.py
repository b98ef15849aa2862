"""The supervisor's end of the one channel into a jail: plain bytes, read strictly.

A reader calls ``read_line`` and ``read_exactly`` as if it could block; below, every wait runs the
watchdogs. Nothing is ever unpickled, and only plain ``recv`` is used: the kernel then drops any file
descriptor that the other side attaches to its bytes.
"""

import os
import resource
import socket
from collections.abc import Callable

from databoard.errors import JailError
from databoard.jail.report import BadOutput, ChannelClosed, Verdict

_CHUNK_BYTES = 1 << 20
_MANY_FILES = 1 << 16


class Channel:
    """Read frames from untrusted code, and hand descriptors to it.

    Parameters
    ----------
    connection : socket
        Non-blocking.
    wait : callable
        Returns when the connection can be read; raises ``Stopped`` when a watchdog ends the run.
    start_clock, settle : callable
        See the methods of these names.
    """

    def __init__(
        self,
        connection: socket.socket,
        *,
        wait: Callable[[], None],
        start_clock: Callable[[], None],
        settle: Callable[[], None],
    ) -> None:
        self._connection, self._wait = connection, wait
        self._start_clock, self._settle = start_clock, settle
        self._buffer = bytearray()

    def read_line(self, max_bytes: int = 200) -> str:
        """Return the next line without its end.

        Raises
        ------
        BadOutput
            If no line ends within ``max_bytes``, or it is not ASCII.
        ChannelClosed
            If the other side closed before the line ended.
        """
        while b"\n" not in self._buffer[: max_bytes + 1]:
            if len(self._buffer) > max_bytes:
                raise BadOutput(f"Expected a frame header of at most {max_bytes} bytes.")
            self._buffer += self._receive(max_bytes)
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        if not line.isascii():
            raise BadOutput("Expected a frame header in ASCII.")
        return line.decode("ascii")

    def read_exactly(self, n_bytes: int) -> bytes:
        """Return the next ``n_bytes`` bytes; the caller has bounded their number."""
        data = bytearray(self._buffer[:n_bytes])
        del self._buffer[:n_bytes]
        while len(data) < n_bytes:
            data += self._receive(min(n_bytes - len(data), _CHUNK_BYTES))
        return bytes(data)

    def send_descriptor(self, descriptor: int) -> None:
        """Hand an open file to the other side, with one byte; never blocks for long."""
        try:
            socket.send_fds(self._connection, [b"+"], [descriptor])
        except (BrokenPipeError, ConnectionResetError):
            raise ChannelClosed from None
        except BlockingIOError:
            raise BadOutput("Expected the channel to be read.") from None

    def start_clock(self) -> None:
        """Start the wall-clock limit: from here on the time is the untrusted code's own."""
        self._start_clock()

    def settle(self) -> None:
        """Take in output, processor time and memory peak so far; the report tells nothing of what comes later."""
        self._settle()

    def _receive(self, max_bytes: int) -> bytes:
        while True:
            try:
                data = self._connection.recv(max_bytes)
            except BlockingIOError:
                self._wait()
                continue
            except ConnectionResetError:
                data = b""
            if not data:
                raise ChannelClosed
            return data


#: Reads all that it expects from a run; says whether the run did well or reported an error.
Reader = Callable[[Channel], Verdict]


def open_again(descriptor: int) -> int:
    """Return a new read-only descriptor of the same file, with a file position of its own.

    Raises
    ------
    JailError
        If the kernel refuses, because somebody changed the file's mode.
    """
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise JailError(f"An input of a run cannot be opened again: {error}") from error


def allow_many_files() -> None:
    """Let this process, and what it starts, have more open files than a run may have.

    The kernel lets nobody hand over a descriptor whose *user* has more on the way than the process may have open. A
    worker without privileges and its runs are one user, and a run can keep as many on the way as it may have open.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, _MANY_FILES)), hard))
