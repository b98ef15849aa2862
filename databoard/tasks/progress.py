"""Show how a queue empties: one line for each submission that ended, in a terminal with a bar below them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from sqlalchemy.orm import Session, sessionmaker

from databoard.queries import submission_list
from databoard.queries.submission_list import ListedSubmission
from databoard.services.base.database import open_database, transaction
from databoard.services.queue import jobs
from databoard.tasks.terminal import LiveLine, is_terminal

if TYPE_CHECKING:
    from config import Config

_WIDTH = 20


def bar(n_done: int, n_all: int) -> str:
    """Return ``[####......] 2/5``, as wide as at the end."""
    return f"[{('#' * (_WIDTH * n_done // max(1, n_all))).ljust(_WIDTH, '.')}] {n_done:>{len(str(n_all))}}/{n_all}"


@contextmanager
def open_progress(config: "Config", stream: TextIO | None = None) -> Iterator["Progress"]:
    """Print how many jobs wait, and yield what prints the finished ones."""
    with open_database(config) as database:
        progress = Progress(database.sessions, sys.stdout if stream is None else stream)
        try:
            yield progress
        finally:
            progress.close()


class Progress:
    """Prints a line for each finished job: its `show` is called with it."""

    def __init__(self, sessions: sessionmaker[Session], stream: TextIO) -> None:
        self._sessions, self._stream = sessions, stream
        self._line = LiveLine(stream) if is_terminal(stream) else None
        with transaction(self._sessions) as session:
            self.n_left = jobs.n_pending(session)
        self._n_all, self._started_s = self.n_left, time.monotonic()
        if self._n_all:
            self._print(f"Training {self._n_all} submission{'s' * (self._n_all != 1)}.")
            self._draw()

    def show(self, claim: jobs.Claim) -> None:
        """Print what became of a job."""
        with transaction(self._sessions) as session:
            self.n_left = jobs.n_pending(session)
            submission = submission_list.by_id(session, claim.submission_id)
        if submission is not None:
            self._print(f"{self._place()}  {_outcome(submission)}")
        self._draw()

    def close(self) -> None:
        """Remove the bar."""
        if self._line:
            self._line.clear()

    def _place(self) -> str:
        """Return how many are done, and the seconds since the start; a terminal has a bar for it."""
        n_done = self._n_all - self.n_left
        done = f"{max(0, n_done):>{len(str(self._n_all))}}/{self._n_all}" if self._line else None
        return f"{done or bar(max(0, n_done), self._n_all)}  {time.monotonic() - self._started_s:5.1f} s"

    def _print(self, line: str) -> None:
        if self._line:
            self._line.keep(line)
        else:
            print(line, file=self._stream, flush=True)

    def _draw(self) -> None:
        if self._line and self._n_all:
            n_done = max(0, self._n_all - self.n_left)
            self._line.show(f"{n_done}/{self._n_all} trained", n_done / self._n_all)


def _outcome(submission: ListedSubmission) -> str:
    row = submission.row
    scores = "  ".join(f"{cell.name} {cell.text}" for cell in row.cells)
    result = row.error_headline[:60] if row.is_error else scores
    return f"{submission.event_name}/{row.team_name}/{row.name}: {row.state}  {result}"
