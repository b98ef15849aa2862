"""Show how a queue empties: one line a submission, with the number that are left."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from sqlalchemy.orm import Session, selectinload, sessionmaker

from databoard.models import EventTeam, Submission
from databoard.queries.submissions import row
from databoard.services.base.database import open_database, transaction
from databoard.services.queue import jobs

if TYPE_CHECKING:
    from config import Config

_WIDTH = 20


def bar(n_done: int, n_all: int) -> str:
    """Return ``[####......] 2/5``, as wide as at the end."""
    return f"[{('#' * (_WIDTH * n_done // max(1, n_all))).ljust(_WIDTH, '.')}] {n_done:>{len(str(n_all))}}/{n_all}"


@contextmanager
def open_progress(config: "Config", stream: TextIO = sys.stdout) -> Iterator["Progress"]:
    """Say how many jobs wait, and yield what prints the finished ones."""
    with open_database(config) as database:
        yield Progress(database.sessions, stream)


class Progress:
    """Prints a line for each finished job: its :meth:`show` is called with it."""

    def __init__(self, sessions: sessionmaker[Session], stream: TextIO) -> None:
        self._sessions, self._stream = sessions, stream
        with transaction(self._sessions) as session:
            self.n_left = jobs.n_pending(session)
        self._n_all, self._started_s = self.n_left, time.monotonic()
        if self._n_all:
            print(
                f"Training {self._n_all} submission{'s' * (self._n_all != 1)}.", file=self._stream, flush=True
            )

    def show(self, claim: jobs.Claim) -> None:
        """Print what became of a job."""
        with transaction(self._sessions) as session:
            self.n_left = jobs.n_pending(session)
            submission = session.get(
                Submission,
                claim.submission_id,
                options=[selectinload(Submission.event_team).selectinload(EventTeam.event)],
            )
            if submission is None:
                return
            facts = row(session, submission=submission)
            event_name = submission.event_team.event.name
        n_done = max(0, self._n_all - self.n_left)
        result = (
            "  ".join(f"{cell.name} {cell.text}" for cell in facts.cells)
            if not facts.is_error
            else facts.error_headline[:60]
        )
        print(
            f"{bar(n_done, self._n_all)}  {time.monotonic() - self._started_s:5.1f} s  "
            f"{event_name}/{facts.team_name}/{facts.name}: {facts.state}  {result}",
            file=self._stream,
            flush=True,
        )
