"""Print on standard error which step of a long task runs, and since when. Called by the fab tasks.

In a terminal the line of the running step counts its seconds, with a bar where a share is known. Elsewhere each step
is one plain line. Standard output stays the result's alone. What is refused before the first step stays one line.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from databoard.tasks.terminal import LiveLine, is_terminal

_EVERY_S = 1.0


class Steps:
    """A context manager that is called at the beginning of each step.

    Parameters
    ----------
    subject : str
        What the task works on; it begins every line.
    quiet_s : float
        A task that ends within so many seconds says nothing.
    stream : TextIO, optional
        Standard error by default.
    clock_s : callable
        Seconds that only grow.
    """

    def __init__(
        self,
        subject: str,
        *,
        quiet_s: float = 0.0,
        stream: TextIO | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._subject, self._quiet_s, self._clock_s = subject, quiet_s, clock_s
        self._stream = sys.stderr if stream is None else stream
        self._line = LiveLine(self._stream) if is_terminal(self._stream) else None
        self._is_quiet, self._has_said = quiet_s > 0, False
        self._text, self._began_s = "", 0.0
        self._share: float | None = None
        self._lock, self._is_over = threading.RLock(), threading.Event()

    def __enter__(self) -> "Steps":
        self._all_began_s = self._clock_s()
        if self._line or self._is_quiet:
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._is_over.set()
        with self._lock:
            self._end_step()
            if self._has_said:
                end = "done" if kind is None else "broke off"
                self._keep(f"{self._subject}: {end} after {self._clock_s() - self._all_began_s:.1f} s")
            if self._line:
                self._line.clear()

    def __call__(self, text: str, share: float | None = None) -> None:
        """Begin a step; the one before is over. `share` is how much of it is done, from 0 to 1, if that is known."""
        with self._lock:
            self._end_step()
            self._text, self._share, self._began_s = text, share, self._clock_s()
            self._show()

    def say(self, line: str) -> None:
        """Print a line of the result on standard output, not into the line of the running step."""
        with self._lock:
            if self._line:
                self._line.clear()
            print(line, flush=True)

    def _watch(self) -> None:
        """End the quiet time; on a terminal, count the seconds of the running step."""
        if self._is_over.wait(self._quiet_s):
            return
        with self._lock:
            self._is_quiet = False
            self._show()
        while self._line and not self._is_over.wait(_EVERY_S):
            with self._lock:
                self._show()

    def _show(self) -> None:
        if not self._text or self._is_quiet or self._is_over.is_set():
            return
        if self._line:
            seconds = f"{self._clock_s() - self._began_s:.0f} s"
            self._line.show(f"{self._subject}: {self._text} … {seconds}", self._share)
        else:
            since_s = self._began_s - self._all_began_s
            self._keep(f"{self._subject}: {self._text} ({since_s:.1f} s since the start)")

    def _end_step(self) -> None:
        if self._line and self._text and not self._is_quiet:
            self._keep(f"{self._subject}: {self._text} {self._clock_s() - self._began_s:.1f} s")
        self._text = ""

    def _keep(self, line: str) -> None:
        self._has_said = True
        if self._line:
            self._line.keep(line)
        else:
            print(line, file=self._stream, flush=True)
