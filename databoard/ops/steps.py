"""Say on standard error which step of a long task runs, and since when. Called by the fab tasks.

On a terminal the line of the running step counts its seconds; elsewhere each step is one plain line. Standard output
stays the result's alone.
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
    stream : TextIO, optional
        Standard error by default.
    clock_s : callable
        Seconds that only grow.
    """

    def __init__(
        self, subject: str, stream: TextIO | None = None, clock_s: Callable[[], float] = time.monotonic
    ):
        self._subject, self._clock_s = subject, clock_s
        self._stream = sys.stderr if stream is None else stream
        self._is_live = self._stream.isatty()
        self._text, self._began_s, self._lock = "", 0.0, threading.RLock()
        self._is_over = threading.Event()

    def __enter__(self) -> "Steps":
        self._all_began_s = self._clock_s()
        if self._is_live:
            threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(self, kind, *_) -> None:
        self._is_over.set()
        with self._lock:
            self._close_line()
            end = "done" if kind is None else "broke off"
            self._write(f"{self._subject}: {end} after {self._clock_s() - self._all_began_s:.1f} s\n")

    def __call__(self, text: str) -> None:
        """Begin a step; the one before is over."""
        with self._lock:
            self._close_line()
            self._text, self._began_s = text, self._clock_s()
            if self._is_live:
                self._show()
            else:
                self._write(
                    f"{self._subject}: {text} ({self._began_s - self._all_began_s:.1f} s since the start)\n"
                )

    def say(self, line: str) -> None:
        """Print a line of the result on standard output, not into the line of the running step."""
        with self._lock:
            if self._is_live:
                self._write("\r\x1b[K")
            print(line, flush=True)

    def _tick(self) -> None:
        while not self._is_over.wait(_EVERY_S):
            with self._lock:
                if self._text and not self._is_over.is_set():
                    self._show()

    def _show(self) -> None:
        self._write(f"\r\x1b[K{self._subject}: {self._text} … {self._clock_s() - self._began_s:.0f} s")

    def _close_line(self) -> None:
        if self._is_live and self._text:
            self._write(f"\r\x1b[K{self._subject}: {self._text} {self._clock_s() - self._began_s:.1f} s\n")
        self._text = ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
