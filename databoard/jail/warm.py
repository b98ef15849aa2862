"""The worker's side of a zygote: start it, ask it for cells, know when to replace it.

A :class:`Zygote` is one outer wall with a warm process in it; a :class:`Cell` is one inner wall, good for one run.
bubblewrap ties the zygote's life to the *thread* that started it, so that thread stays until the zygote is closed,
and does nothing else.
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
from databoard.jail.cell import Cell
from databoard.jail.raising import raised
from databoard.jail.report import Interpreter, Limits
from databoard.jail.sealed import SealedFile
from databoard.jail.uids import leased_uid
from databoard.jail.wall import Wall, rlimits

#: Longest that imports and data of a kit may take.
READY_WITHIN_S = 300.0
_MAX_WORDS_BYTES = 4000
#: Longest from the end of the process inside to that of bubblewrap.
_END_WITHIN_S = 0.5
PARTS = ("jail/inside.py", "jail/zygote.py", "jail/kernel.py", "jail/landlock.py")
#: The wall of a zygote itself: its code is ours and the kit's, so only the file system is bounded.
_ZYGOTE_LIMITS = Limits(wall_time_s=0, disk_bytes=256 << 20)


class ZygoteKilled(JailError):
    """The machine, or somebody on it, killed a zygote; that tells nothing of the kit: another may do."""


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
    is_holding : bool
        Keep the capabilities that cells are made with, for machines that let nobody nest user namespaces.
    off : tuple of str
        Layers of the inner wall to leave out: a hook for tests that show what each layer stops.

    Attributes
    ----------
    n_cells : int
        How many cells it has made.

    Raises
    ------
    ZygoteKilled
        If it was killed before it was up.
    JailError
        If it does not come up; its last words are quoted.
    """

    def __init__(
        self, recipe: Recipe, inputs: tuple[int, ...], *, is_holding: bool = False, off: tuple[str, ...] = ()
    ):
        self.n_cells = 0
        self._recipe, self._off, self._is_holding = recipe, off, is_holding
        self._words = os.memfd_create("words", os.MFD_CLOEXEC)
        program = seccomp.inner_program()
        if program is None:  # the check finds the layer open
            self._off = (*off, "filter")
        self._filter = SealedFile(program or b"none")
        self._lock, self._closing, self._up = threading.Lock(), threading.Event(), threading.Event()
        self._control: socket.socket | None = None
        self._wall: Wall | None = None
        self._folder: str | None = None
        self._fault: BaseException | None = None
        self._is_killed = False
        self._keeper = threading.Thread(target=self._keep, args=(inputs,), name="zygote", daemon=True)
        self._keeper.start()
        self._up.wait()
        if self._fault is not None:
            words, kind = self.words(), ZygoteKilled if self._is_killed else JailError
            self.close()
            raise kind(f"The zygote did not start: {self._fault}. It printed last: {words or 'none'}")

    @property
    def root(self) -> int:
        """The number of the zygote's own process."""
        return processes.tree_of(self._outer().parent, is_root_counted=False).pids[0]

    def is_alive(self) -> bool:
        """Return whether it can make cells."""
        return self._wall is not None and not self._closing.is_set() and not self._wall.has_ended()

    def used_bytes(self) -> int:
        """Return the memory of the zygote itself, cells not counted."""
        if (
            self._folder is None
        ):  # the same for its life; to find it, every process of the machine is looked at
            folders = processes.tree_of(self._outer().parent, is_root_counted=False).folders
            if not folders:
                return 0
            self._folder = folders[0]
        return processes.resident_bytes((self._folder,))

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
        ZygoteKilled
            If the zygote was killed.
        JailError
            If it is gone otherwise, or the inner wall cannot be raised.
        """
        with contextlib.ExitStack() as theirs:
            try:
                cell = Cell()
            except OSError as error:
                raise JailError(f"There can be no cell: {error}.") from error
            try:
                descriptors = cell.ends(theirs)
                request = {
                    "rlimits": rlimits(limits),
                    "disk_bytes": limits.disk_bytes,
                    "n_inodes": limits.max_files,
                    "off": self._off,
                    "uid": self._uid_for(cell),
                }
                with self._lock:
                    self.n_cells += 1
                    if self._control is None:
                        raise JailError("The zygote is not up.")
                    socket.send_fds(
                        self._control, [json.dumps(request).encode()], [*descriptors, self._filter.descriptor]
                    )
                theirs.close()
                cell.await_wall()
            except BaseException as error:  # the cell is closed whatever went wrong, then it is raised
                cell.close()
                if isinstance(error, JailError | OSError) and self._was_killed():
                    raise ZygoteKilled(f"The zygote was killed: {error}") from error
                if isinstance(error, OSError):
                    raise JailError(
                        f"The zygote is gone: {error}. It printed last: {self.words()}"
                    ) from error
                raise
        return cell

    def _uid_for(self, cell: Cell) -> int | None:
        """Return the user id of a cell, leased until it is closed; ``None`` where a user namespace divides cells."""
        if not (self._is_holding and os.geteuid() == 0):
            return None
        with contextlib.ExitStack() as stack:
            uid = stack.enter_context(leased_uid())
            cell.keep(stack.pop_all())
        return uid

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
        try:
            settings = SealedFile(json.dumps({
                "module": recipe.module, "preload": recipe.preload, "prefixes": recipe.interpreter.prefixes,
                "sealed": [bubblewrap.KIT_FOLDER], "is_holding": self._is_holding,
            }).encode())  # fmt: skip
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with (
                ours,
                theirs,
                raised(
                    "databoard.jail.zygote",
                    parts=(*PARTS, *recipe.parts),
                    inputs=(settings.descriptor, *inputs),
                    channel=theirs.fileno(),
                    output=self._words,
                    limits=_ZYGOTE_LIMITS,
                    mode="holding" if self._is_holding else "nesting",
                    interpreter=recipe.interpreter,
                ) as self._wall,
            ):
                theirs.close()
                self._control = ours
                self._await_ready(ours)
                self._up.set()
                self._closing.wait()
        except BaseException as error:  # raised again where somebody waits for the zygote
            self._fault = error
            self._up.set()

    def _outer(self) -> Wall:
        """Return the outer wall, which stands once the constructor has returned."""
        if self._wall is None:
            raise JailError("The zygote has no wall.")
        return self._wall

    def _await_ready(self, control: socket.socket) -> None:
        if not select.select([control], [], [], READY_WITHIN_S)[0]:
            raise JailError(f"not ready within {READY_WITHIN_S:g} s")
        if control.recv(16) != b"READY":
            self._is_killed = self._was_killed()
            raise JailError(f"it {'was killed' if self._is_killed else 'ended'} while it warmed up")

    def _was_killed(self) -> bool:
        """Return whether it has ended, by the signal that nobody can catch."""
        deadline = time.monotonic() + _END_WITHIN_S
        wall = self._outer()
        while not wall.has_ended() and time.monotonic() < deadline:
            time.sleep(0.01)
        # bubblewrap tells of its child's signal as a shell does, and may have been killed itself.
        return wall.has_ended() and wall.status in (-signal.SIGKILL, 128 + signal.SIGKILL)
