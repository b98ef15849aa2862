"""The worker's side where walls do not nest: jails of one run each, started beforehand.

A :class:`SingleUse` makes cells as a ``Zygote`` does, only that each is a process of its own behind the outer wall,
with both filters and Landlock, which warms up by itself. Slower to make, as good for a run once it is there.
"""

import contextlib
import json
import os
import socket
import threading
from typing import Any

from databoard.errors import JailError
from databoard.jail.raising import raised
from databoard.jail.report import Limits
from databoard.jail.sealed import SealedFile
from databoard.jail.wall import Wall
from databoard.jail.warm import Recipe

_MODULE, _PARTS = (
    "databoard.jail.single_use_run",
    ("jail/inside.py", "jail/landlock.py", "jail/single_use_run.py"),
)


class SingleUse:
    """Makes jails of one run each.

    Parameters
    ----------
    shared : tuple of SealedFile
        What every run loads; each gets copies, because marks on a file would reach the next run.
    """

    def __init__(self, recipe: Recipe, shared: tuple[SealedFile, ...]) -> None:
        self.n_cells = 0
        self._recipe, self._shared = recipe, shared

    def is_alive(self) -> bool:
        return True

    def used_bytes(self) -> int:
        """Return the memory that stays between runs: none."""
        return 0

    def cell(self, limits: Limits) -> "Solo":
        """Return a new jail; it may still be warming up.

        Raises
        ------
        JailError
            If the wall cannot be raised.
        """
        self.n_cells += 1
        return Solo(self._recipe, self._shared, limits)

    def close(self) -> None:
        """Do nothing: the holder of each jail ends it."""


class Solo:
    """A jail of one run; answers like a ``Cell``.

    Attributes
    ----------
    connection, output
        Our ends of the channel and of standard output and error.
    """

    def __init__(self, recipe: Recipe, shared: tuple[SealedFile, ...], limits: Limits) -> None:
        self.connection, self._theirs = socket.socketpair()
        output_read, self._output_write = os.pipe()
        self.output = os.fdopen(output_read, "rb", buffering=0)
        self.connection.setblocking(False)
        os.set_blocking(output_read, False)
        self._up, self._closing = threading.Event(), threading.Event()
        self._wall: Wall | None = None
        self._fault: BaseException | None = None
        self._keeper = threading.Thread(
            target=self._keep, args=(recipe, shared, limits), name="single use", daemon=True
        )
        self._keeper.start()
        self._up.wait()
        if self._fault is not None:
            self.close()
            raise JailError(f"The jail of a run cannot be started: {self._fault}") from self._fault

    @property
    def is_lost(self) -> bool:
        """Whether bubblewrap itself was killed, from outside; runs end otherwise, also those that ``kill`` ends."""
        status = None if self._wall is None else self._wall.status
        return status is not None and status < 0

    def __getattr__(self, name: str) -> Any:
        # root, is_root_counted, status, cpu_time_s, max_rss_bytes, has_ended, kill
        return getattr(self.__dict__["_wall"], name)

    def give(self, inputs: tuple[int, ...]) -> None:
        """Hand over the inputs; the run starts."""
        try:
            socket.send_fds(self.connection, [b"+"], list(inputs))
        except OSError as error:
            raise JailError(f"The jail is gone before it began: {error}") from error

    def close(self) -> None:
        """Kill what runs and give the descriptors back."""
        self._closing.set()
        self._keeper.join()
        self.connection.close()
        self.output.close()

    def _keep(self, recipe: Recipe, shared: tuple[SealedFile, ...], limits: Limits) -> None:
        """Hold the wall up until told to close; the thread that bubblewrap dies with."""
        settings = {"module": recipe.module, "preload": recipe.preload}
        with contextlib.ExitStack() as stack:
            try:
                with self._theirs, os.fdopen(self._output_write, "wb", buffering=0) as written:
                    inputs = (
                        SealedFile(json.dumps(settings).encode()),
                        *(sealed.copy() for sealed in shared),
                    )
                    self._wall = stack.enter_context(raised(
                        _MODULE, parts=(*_PARTS, *recipe.parts), channel=self._theirs.fileno(),
                        inputs=tuple(sealed.descriptor for sealed in inputs), output=written.fileno(),
                        limits=limits, mode="bubblewrap", interpreter=recipe.interpreter,
                    ))  # fmt: skip
            except BaseException as error:  # raised again where somebody waits for the spare
                self._fault = error
                self._up.set()
                return
            self._up.set()
            self._closing.wait()
