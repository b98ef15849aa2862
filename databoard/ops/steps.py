"""Say on standard error which step of a long task runs, and since when. Called by the fab tasks.

On a terminal the line of the running step counts its seconds; elsewhere each step is one plain line. Standard output
stays the result's alone, and what is refused before the first step stays one line.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

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
        self._is_live, self._is_quiet = self._stream.isatty(), quiet_s > 0
        self._text, self._began_s, self._has_said = "", 0.0, False
        self._lock, self._is_over = threading.RLock(), threading.Event()

    def __enter__(self) -> "Steps":
        self._all_began_s = self._clock_s()
        if self._is_live or self._is_quiet:
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._is_over.set()
        with self._lock:
            self._end_step()
            if self._has_said:
                end = "done" if kind is None else "broke off"
                self._write(f"{self._subject}: {end} after {self._clock_s() - self._all_began_s:.1f} s\n")

    def __call__(self, text: str) -> None:
        """Begin a step; the one before is over."""
        with self._lock:
            self._end_step()
            self._text, self._began_s = text, self._clock_s()
            self._show()

    def say(self, line: str) -> None:
        """Print a line of the result on standard output, not into the line of the running step."""
        with self._lock:
            if self._is_live and self._has_said:
                self._write("\r\x1b[K")
            print(line, flush=True)

    def _watch(self) -> None:
        """End the quiet time; on a terminal, count the seconds of the running step."""
        if self._is_over.wait(self._quiet_s):
            return
        with self._lock:
            self._is_quiet = False
            self._show()
        while self._is_live and not self._is_over.wait(_EVERY_S):
            with self._lock:
                self._show()

    def _show(self) -> None:
        if not self._text or self._is_quiet or self._is_over.is_set():
            return
        if self._is_live:
            self._write(f"\r\x1b[K{self._subject}: {self._text} … {self._clock_s() - self._began_s:.0f} s")
        else:
            since_s = self._began_s - self._all_began_s
            self._write(f"{self._subject}: {self._text} ({since_s:.1f} s since the start)\n")

    def _end_step(self) -> None:
        if self._is_live and self._text and not self._is_quiet:
            self._write(f"\r\x1b[K{self._subject}: {self._text} {self._clock_s() - self._began_s:.1f} s\n")
        self._text = ""

    def _write(self, text: str) -> None:
        self._has_said = True
        self._stream.write(text)
        self._stream.flush()
