"""The worker's side of a zygote: start it, ask it for cells, know when it is used up.

A :class:`Zygote` is one outer wall with a warm process in it; a :class:`Cell` is one inner wall, good for one run. The
cell answers like a ``Wall``, so the supervisor follows both alike. bubblewrap ties the zygote's life to the *thread*
that started it, so that thread stays until the zygote is closed, and does nothing else.
"""

import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from dataclasses import dataclass

from databoard.errors import JailError
from databoard.jail import bubblewrap, processes, seccomp
from databoard.jail.report import Interpreter, Limits
from databoard.jail.sealed import SealedFile
from databoard.jail.wall import GONE_WITHIN_S, raised, rlimits

#: Longest that imports and data of a kit may take.
READY_WITHIN_S = 300.0
_CELL_WITHIN_S = 20.0
_N_INODES = 20_000
_MAX_WORDS_BYTES = 4000
#: The wall of a zygote itself: its code is ours and the kit's, so only the file system is bounded.
_ZYGOTE_LIMITS = Limits(wall_time_s=0, disk_bytes=256 << 20)


@dataclass(frozen=True)
class Recipe:
    """What a zygote is made of; equal recipes can share one.

    Attributes
    ----------
    module : str
        Of this package, with ``warm(inputs, preload)`` and ``run(context, channel, inputs)``.
    parts : tuple of str
        Files and folders of the package that the inside may see.
    preload : tuple of str
        Modules to import beforehand; those that are missing are left out.
    """

    module: str
    parts: tuple[str, ...]
    preload: tuple[str, ...]
    interpreter: Interpreter


class Zygote:
    """A warm process behind the outer wall.

    Parameters
    ----------
    inputs : tuple of int
        Descriptors that ``warm`` reads; copied.
    off : tuple of str
        Layers of the inner wall to leave out: a hook for tests that show what each layer stops.

    Attributes
    ----------
    n_cells : int
        How many cells it has made.

    Raises
    ------
    JailError
        If it does not come up; its last words are quoted.
    """

    def __init__(self, recipe: Recipe, inputs: tuple[int, ...], *, off: tuple[str, ...] = ()):
        self.n_cells = 0
        self._recipe, self._off = recipe, off
        self._words = os.memfd_create("words", os.MFD_CLOEXEC)
        self._filter = SealedFile(seccomp.inner_program() or b"\0")
        self._lock, self._closing, self._up = threading.Lock(), threading.Event(), threading.Event()
        self._control: socket.socket | None = None
        self._wall = None
        self._fault: BaseException | None = None
        self._keeper = threading.Thread(target=self._keep, args=(inputs,), name="zygote", daemon=True)
        self._keeper.start()
        self._up.wait()
        if self._fault is not None:
            self.close()
            raise JailError(
                f"The zygote did not start: {self._fault}. Its last words: {self.words() or 'none'}"
            )

    def is_alive(self) -> bool:
        """Return whether it can make cells."""
        return self._wall is not None and not self._closing.is_set() and not self._wall.has_ended()

    def used_bytes(self) -> int:
        """Return the memory of the zygote itself, cells not counted."""
        pids = processes.tree_of(self._wall.root, is_root_counted=False).pids
        return processes.resident_bytes(pids[:1])

    def words(self) -> str:
        """Return the end of what it printed, for operators."""
        n_bytes = os.fstat(self._words).st_size
        return os.pread(self._words, _MAX_WORDS_BYTES, max(n_bytes - _MAX_WORDS_BYTES, 0)).decode(
            "utf-8", "replace"
        )

    def cell(self, limits: Limits) -> "Cell":
        """Return a new cell, walled in and waiting for its inputs.

        Raises
        ------
        JailError
            If the zygote is gone or the inner wall cannot be raised.
        """
        with contextlib.ExitStack() as theirs:
            cell = Cell()
            try:
                descriptors = cell.ends(theirs)
                request = {
                    "rlimits": rlimits(limits),
                    "disk_bytes": limits.disk_bytes,
                    "n_inodes": _N_INODES,
                    "off": self._off,
                }
                with self._lock:
                    self.n_cells += 1
                    socket.send_fds(
                        self._control, [json.dumps(request).encode()], [*descriptors, self._filter.descriptor]
                    )
                theirs.close()
                cell.await_wall()
            except BaseException as error:
                cell.close()
                if isinstance(error, OSError):
                    raise JailError(f"The zygote is gone: {error}. Its last words: {self.words()}") from error
                raise
        return cell

    def close(self) -> None:
        """End it and every cell of it."""
        self._closing.set()
        if threading.current_thread() is not self._keeper:
            self._keeper.join()
        if self._words >= 0:
            words, self._words = self._words, -1
            os.close(words)

    def _keep(self, inputs: tuple[int, ...]) -> None:
        """Hold the outer wall up until told to close; the thread that bubblewrap dies with."""
        recipe = self._recipe
        settings = SealedFile(json.dumps({
            "module": recipe.module, "preload": recipe.preload, "prefixes": recipe.interpreter.prefixes,
            "sealed": [bubblewrap.KIT_FOLDER],
        }).encode())  # fmt: skip
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with (
                ours,
                raised(
                    "databoard.jail.zygote",
                    parts=("jail", *recipe.parts),
                    inputs=(settings.descriptor, *inputs),
                    channel=theirs.fileno(),
                    output=self._words,
                    limits=_ZYGOTE_LIMITS,
                    mode="nesting",
                    interpreter=recipe.interpreter,
                ) as self._wall,
            ):
                theirs.close()
                self._control = ours
                self._await_ready(ours)
                self._up.set()
                self._closing.wait()
        except BaseException as error:
            self._fault = error
            self._up.set()

    def _await_ready(self, control: socket.socket) -> None:
        if not select.select([control], [], [], READY_WITHIN_S)[0]:
            raise JailError(f"not ready within {READY_WITHIN_S:g} s")
        if control.recv(16) != b"READY":
            raise JailError("it ended while it warmed up")


class Cell:
    """One inner wall, good for one run; answers like :class:`databoard.jail.wall.Wall`.

    Attributes
    ----------
    connection, output
        Our ends of the channel and of standard output and error.
    """

    is_root_counted = False

    def __init__(self):
        self.connection, self._channel = socket.socketpair()
        self._told, self._status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        output_read, self._output_write = os.pipe()
        self.output = open(output_read, "rb", buffering=0)
        self.connection.setblocking(False)
        os.set_blocking(output_read, False)
        self.root, self._root_pidfd = -1, -1
        self.cpu_time_s, self.max_rss_bytes = 0.0, 0
        self.status: int | None = None
        self._is_killed = self._is_closed = False

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
            If it does not.
        """
        message, descriptors = b"", []
        if select.select([self._told], [], [], _CELL_WITHIN_S)[0]:
            message, descriptors, _, _ = socket.recv_fds(self._told, 64, 1)
        if message != b"INIT" or len(descriptors) != 1:
            raise JailError(f"The inner wall cannot be raised: {self._last_words()}")
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
            If something is still alive after ten seconds.
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

    def _hear(self, within_s: float) -> None:
        """Take in what the watcher tells of the end, when it is there within this time."""
        if not select.select([self._told], [], [], within_s)[0]:
            return
        try:
            facts = json.loads(self._told.recv(1024))
        except (OSError, ValueError):
            # The watcher went first: the zygote was ended, and with it all of its cells.
            self.status = -signal.SIGKILL
            return
        self.status, self.cpu_time_s = int(facts["status"]), float(facts["cpu_time_s"])
        self.max_rss_bytes = int(facts["max_rss_bytes"])

    def _last_words(self) -> str:
        time.sleep(0.05)  # whoever failed is writing its last line
        with contextlib.suppress(OSError):
            return (os.read(self.output.fileno(), _MAX_WORDS_BYTES) or b"").decode("utf-8", "replace").strip()
        return "no word"


def _pid_of(pidfd: int) -> int:
    """Return the number that a process has in our namespace."""
    with open(f"/proc/self/fdinfo/{pidfd}") as file:
        return int(next(line.split()[1] for line in file if line.startswith("Pid:")))
