"""Tables and progress bars of a terminal, drawn by rich. Where there is no terminal, callers print plain text.

rich is imported when something is drawn, so that ``fab --list`` stays fast. It reads ``NO_COLOR``, ``TERM`` and
``COLUMNS``. A narrow terminal wraps what is too long, and a table with too many columns becomes one block a row;
nothing is cut.
"""

import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.table import Table

_BAR_WIDTH, _GAP = 20, 2
_HEADING = "bold cyan"
#: A column that is wrapped to fewer characters cannot be read.
_READABLE = 8


def is_terminal(stream: TextIO) -> bool:
    """Return whether a person looks at `stream`, in a terminal that can draw a line again."""
    return stream.isatty() and os.environ.get("TERM", "") not in {"dumb", "unknown"}


def print_table(
    names: Sequence[str], lines: Sequence[Sequence[str]], is_number: Sequence[bool], stream: TextIO
) -> None:
    """Print an aligned table; one block a row where its columns do not fit beside each other.

    Parameters
    ----------
    names : sequence of str
        Headings of the columns.
    lines : sequence of sequences of str
        The cells, in the order of the columns.
    is_number : sequence of bool
        By column, whether its cells are aligned at the right.
    """
    console = _console(stream)
    widths = [max(map(len, column)) for column in zip(names, *lines, strict=True)]
    least_width = sum(min(width, _READABLE) + _GAP for width in widths) - _GAP
    draw = _table if least_width <= console.width else _blocks
    console.print(draw(names, lines, is_number))


class LiveLine:
    """The last line of a terminal, drawn again while a task runs; lines that stay appear above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lock = stream, threading.RLock()
        self._progress: Progress | None = None
        self._has_share = False

    def show(self, text: str, share: float | None = None) -> None:
        """Draw `text`, with a bar when the `share` that is done is known (0 to 1)."""
        with self._lock:
            has_share = share is not None
            if self._progress is None or has_share != self._has_share:  # rich takes no total away from a task
                self.clear()
                self._progress, self._task = _progress(self._stream, total=1.0 if has_share else None)
                self._has_share = has_share
            self._progress.update(self._task, description=text, completed=share or 0.0)

    def keep(self, line: str) -> None:
        """Print a line that stays."""
        with self._lock:
            console = self._progress.console if self._progress else _console(self._stream)
            console.print(line, soft_wrap=True)

    def clear(self) -> None:
        """Remove the line; the next `show` draws it again."""
        with self._lock:
            if self._progress is not None:
                self._progress.stop()
                self._progress = None


class Bar:
    """A context manager: how many of all are done, in a terminal only.

    Parameters
    ----------
    stream : TextIO
    """

    def __init__(self, stream: TextIO) -> None:
        self._line = LiveLine(stream) if is_terminal(stream) else None
        self._started_s = time.monotonic()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def show(self, n_done: int, n_all: int, text: str) -> None:
        """Draw the bar."""
        if self._line:
            seconds = f"{time.monotonic() - self._started_s:.1f} s"
            self._line.show(f"{n_done}/{n_all}  {seconds}  {text}", n_done / max(1, n_all))

    def close(self) -> None:
        """Remove the bar, so that the next lines start on a clean line."""
        if self._line:
            self._line.clear()


def _table(names: Sequence[str], lines: Sequence[Sequence[str]], is_number: Sequence[bool]) -> "Table":
    """Return a row of headings and a row for each line."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style=_HEADING)
    for name, right in zip(names, is_number, strict=True):
        table.add_column(Text(name), justify="right" if right else "left", overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line))
    return table


def _blocks(names: Sequence[str], lines: Sequence[Sequence[str]], is_number: Sequence[bool]) -> "Table":
    """Return for each line its names with their values, one below the other."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=False)
    table.add_column(style=_HEADING, overflow="fold")
    table.add_column(overflow="fold")
    for number, line in enumerate(lines):
        if number:
            table.add_row("", "")
        for name, cell in zip(names, line, strict=True):
            table.add_row(Text(name), Text(cell))
    return table


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    return Console(file=stream, force_terminal=True, highlight=False, markup=False, emoji=False)


def _progress(stream: TextIO, total: float | None) -> "tuple[Progress, TaskID]":
    """Return a progress display that runs, and its task."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
    from rich.table import Column

    progress = Progress(
        SpinnerColumn(),
        BarColumn(_BAR_WIDTH),
        TextColumn("{task.description}", markup=False, table_column=Column(overflow="fold")),
        console=_console(stream),
        transient=True,
        refresh_per_second=4,
        redirect_stdout=is_terminal(sys.stdout),  # a line that is printed meanwhile appears above
        redirect_stderr=is_terminal(sys.stderr),
    )
    task = progress.add_task("", total=total)
    progress.start()
    return progress, task
