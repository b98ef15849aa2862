"""Run untrusted code behind the wall under limits, and report what happened. The model is ``isolate``.

Theory of operation. ``run`` opens a socket pair (the channel) and a pipe (standard output and error),
raises the wall around a fresh interpreter, and calls the ``reader`` with the channel. The reader reads
frames in straight lines; every time it would block, this module waits on channel and output together, and
ten times a second looks at the clock, at the caller's cancel event, and at the memory, processor time and
number of processes of the tree (``watchdog``); a control group caps memory meanwhile, where there can be one. The
first limit that is passed ends the run. At the deadline there is one more look, so that a machine too busy for looks
in time gives the same verdict. Whatever happens, on leaving the whole tree is killed and proven gone.

The clock of the run starts when the reader calls ``channel.start_clock()``, before that the interpreter's
start has an allowance of its own. Called by ``runner``; it must not know what a submission or a fold is.
"""

import contextlib
import functools
import io
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from databoard.errors import JailError
from databoard.jail import bubblewrap, cgroups
from databoard.jail.channel import Channel, Reader, open_again
from databoard.jail.log import BoundedLog
from databoard.jail.raising import raised
from databoard.jail.report import BadOutput, ChannelClosed, Interpreter, JailReport, Limits, Stopped, Verdict
from databoard.jail.runs import RunCell, RunWall
from databoard.jail.wall import Wall
from databoard.jail.watchdog import Watchdog

#: Time between two looks at the tree. A program that allocates flat out passes its limit by what it gets in
#: one.
WATCH_INTERVAL_S = 0.1
#: Time an interpreter may take to import the libraries and load its inputs.
START_ALLOWANCE_S = 120.0
_EXIT_GRACE_S = 2.0
_MODES = ("bubblewrap", "none")


def run(
    module: str,
    *,
    reader: Reader,
    parts: tuple[str, ...] = (),
    inputs: tuple[int, ...] = (),
    limits: Limits,
    mode: str = "bubblewrap",
    interpreter: Interpreter | None = None,
    cancelled: threading.Event | None = None,
) -> JailReport:
    """Run ``module.main(channel, inputs)`` inside the jail.

    Parameters
    ----------
    module : str
        A module of this package, among ``parts``.
    reader : callable
        Gets the :class:`Channel`, reads all it expects, returns ``ok`` or ``error``. May let ``BadOutput``
        and ``ChannelClosed`` pass.
    parts : tuple of str
        Files and folders of the package that the inside may see, e.g. ``("workflows", "errors.py")``.
    inputs : tuple of int
        Descriptors that the inside may read, e.g. of a :class:`SealedFile`.
    mode : {"bubblewrap", "none"}
    interpreter : Interpreter, optional
        The Python that runs inside; this process's own by default.
    cancelled : threading.Event, optional
        Set it to end the run.

    Returns
    -------
    JailReport
        ``crashed`` when the inside ended before the reader was done.

    Raises
    ------
    JailError
        If the wall cannot be raised, or something survived.
    """
    if mode not in _MODES:
        raise JailError(f"Expected a jail mode of {' or '.join(_MODES)}, got {mode!r}. Set DATABOARD_JAIL.")
    if mode == "bubblewrap":
        bubblewrap.find_bwrap()
    options = {
        "parts": ("jail/inside.py", "jail/landlock.py", *parts),
        "inputs": inputs,
        "limits": limits,
        "mode": mode,
        "interpreter": interpreter or bubblewrap.own_interpreter(),
    }
    with (
        _behind_the_wall(module, options) as (wall, connection, output),
        _Supervision(wall, connection, output, limits, cancelled) as supervision,
    ):
        return supervision.follow(reader)


def run_in(
    cell: RunCell,
    *,
    reader: Reader,
    inputs: tuple[int, ...],
    limits: Limits,
    cancelled: threading.Event | None = None,
    later: Callable[[Callable[[], None]], object] | None = None,
) -> JailReport:
    """Give a cell its inputs and follow it as :func:`run` does; the cell is used up.

    Parameters
    ----------
    limits : Limits
        Those that the cell was made with.
    later : callable, optional
        Gets what ends the cell, and calls it at once in another thread: to end takes as long as a short run. Only
        for a run that did well and whose main process is there alone; every other is ended here.

    Raises
    ------
    JailError
        Also if the zygote ended in the middle, and the run with it. What is called later raises it, too.
    """
    with contextlib.ExitStack() as stack:
        stack.callback(cell.close)
        copies: list[int] = []
        for descriptor in inputs:
            copies.append(open_again(descriptor))
            stack.callback(os.close, copies[-1])
        supervision = _Supervision(cell, cell.connection, cell.output, limits, cancelled)
        stack.enter_context(supervision)
        cell.give(tuple(copies))
        report = supervision.follow(reader, is_ended_here=later is None)
        if cell.is_lost and report.verdict == Verdict.crashed:
            raise JailError("The zygote ended, or the wall, and with it a run that had not.")
        if later is not None and not supervision.is_ended:
            later(functools.partial(_end, cell, stack.pop_all()))
        return report


def _end(cell: RunCell, belongings: contextlib.ExitStack) -> None:
    with belongings:
        cell.kill()


@contextlib.contextmanager
def _behind_the_wall(module: str, options: dict[str, Any]) -> Iterator[tuple[Wall, socket.socket, io.FileIO]]:
    """Raise the wall around ``module``; yield it with our ends of channel and output."""
    with contextlib.ExitStack() as stack:
        ours, theirs = (stack.enter_context(end) for end in socket.socketpair())
        output_read, output_write = os.pipe()
        output = stack.enter_context(open(output_read, "rb", buffering=0))
        written = stack.enter_context(open(output_write, "wb", buffering=0))
        ours.setblocking(False)
        os.set_blocking(output_read, False)
        wall = stack.enter_context(raised(module, channel=theirs.fileno(), output=output_write, **options))
        theirs.close()
        written.close()
        yield wall, ours, output


class _Supervision:
    """One run: waits, watches, decides."""

    def __init__(
        self,
        wall: RunWall,
        connection: socket.socket,
        output: io.FileIO,
        limits: Limits,
        cancelled: threading.Event | None,
    ) -> None:
        self._wall, self._connection, self._output = wall, connection, output
        self._limits, self._cancelled = limits, cancelled or threading.Event()
        self._log = BoundedLog(limits.log_bytes)
        self._started_at = time.monotonic()
        self._deadline = self._started_at + START_ALLOWANCE_S
        self._next_watch = self._started_at + WATCH_INTERVAL_S
        self._is_output_open = True
        self._settled: tuple[float, int] | None = None
        self.is_ended = False
        self._group = cgroups.group_of(wall.root, limits)
        self._watchdog = Watchdog(wall, limits, self._group)

    def __enter__(self) -> "_Supervision":
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.close()
        if self._group is not None:
            self._group.close()

    def follow(self, reader: Reader, *, is_ended_here: bool = True) -> JailReport:
        channel = Channel(
            self._connection, wait=self._wait, start_clock=self._start_clock, settle=self._settle
        )
        detail, signal_number = "", None
        try:
            verdict = reader(channel)
        except Stopped as stopped:
            verdict, detail = stopped.verdict, stopped.detail
        except BadOutput as error:
            verdict, detail = Verdict.bad_output, str(error)
        except ChannelClosed:
            verdict, detail, signal_number = self._explain_end()
        is_alone = self._watchdog.look_last()
        is_calm = verdict == Verdict.ok and is_alone and self._settled is not None
        if is_ended_here or not is_calm:
            verdict, detail = self._end(verdict, detail)
        cpu_time_s, max_rss_bytes = self._settled or self._watchdog.in_all(self._wall)
        return JailReport(
            verdict=verdict, wall_time_s=time.monotonic() - self._started_at,
            cpu_time_s=cpu_time_s, max_rss_bytes=max_rss_bytes,
            log=self._log.text(), signal=signal_number, detail=detail)  # fmt: skip

    def _end(self, verdict: Verdict, detail: str) -> tuple[Verdict, str]:
        """Kill the run; return its verdict, or that its memory was the reason of its end."""
        self._wall.kill()
        self.is_ended = True
        with contextlib.suppress(Stopped):
            self._drain()
        if self._group is not None and verdict == Verdict.crashed and self._group.is_out_of_memory():
            return Verdict.out_of_memory, "killed at the cap of its control group"
        return verdict, detail

    def _start_clock(self) -> None:
        self._watchdog.start_clock()
        self._started_at = time.monotonic()
        self._deadline = self._started_at + self._limits.wall_time_s

    def _settle(self) -> None:
        self._drain()
        self._log.stop_keeping()
        self._settled = self._watchdog.settle()

    def _wait(self) -> None:
        """Return when the channel can be read; meanwhile watch."""
        while True:
            self._watch_if_due()
            timeout = max(min(self._next_watch, self._deadline) - time.monotonic(), 0)
            sources: list[socket.socket | io.FileIO] = [self._connection]
            if self._is_output_open:
                sources.append(self._output)
            ready = select.select(sources, [], [], timeout)[0]
            if self._output in ready:
                self._drain(at_most=1 << 20)
            if self._connection in ready:
                return

    def _drain(self, at_most: int | None = None) -> None:
        taken = 0
        while self._is_output_open and (at_most is None or taken < at_most):
            try:
                data = os.read(self._output.fileno(), 1 << 16)
            except BlockingIOError:
                return
            self._is_output_open = bool(data)
            self._log.add(data)
            taken += len(data)
            if self._log.total_bytes > self._limits.output_bytes:
                raise Stopped(Verdict.output_too_large)

    def _watch_if_due(self) -> None:
        now = time.monotonic()
        if self._cancelled.is_set():
            raise Stopped(Verdict.cancelled)
        if now >= self._deadline:
            self._watch()
            raise Stopped(Verdict.timeout, "wall clock")
        if now >= self._next_watch:
            self._watch()
            self._next_watch = time.monotonic() + WATCH_INTERVAL_S

    def _watch(self) -> None:
        if self._wall.has_ended() and not select.select([self._connection], [], [], 0)[0]:
            # A process that it left behind may hold the channel open for ever.
            raise ChannelClosed
        self._watchdog.look()

    def _explain_end(self) -> tuple[Verdict, str, int | None]:
        """Return verdict, detail and signal of a main process that ended by itself."""
        deadline = time.monotonic() + _EXIT_GRACE_S
        while not self._wall.has_ended() and time.monotonic() < deadline:
            with contextlib.suppress(Stopped):
                self._drain()
            time.sleep(0.005)
        status = self._wall.status
        if status is None:
            return Verdict.crashed, "the channel was closed", None
        # bubblewrap reports a signal of its child the way a shell does.
        number = -status if status < 0 else status - 128 if status > 128 else None
        if number == signal.SIGXCPU:
            return Verdict.timeout, "processor time", number
        if number == signal.SIGXFSZ:
            return Verdict.disk_full, "a file beyond its limit", number
        return Verdict.crashed, f"exit status {status}", number
