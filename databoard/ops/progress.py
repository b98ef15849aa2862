"""Show how a queue empties: one line a submission, with the number that are left."""

import sys
import time
from typing import TextIO

from sqlalchemy.orm import selectinload

from databoard.models import EventTeam, Submission
from databoard.queries.submissions import row
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.queue import jobs

_WIDTH = 20


def bar(n_done: int, n_all: int) -> str:
    """Return ``[####......] 2/5``, as wide as at the end."""
    return f"[{('#' * (_WIDTH * n_done // max(1, n_all))).ljust(_WIDTH, '.')}] {n_done:>{len(str(n_all))}}/{n_all}"


class Progress:
    """A context manager whose :meth:`show` prints one finished job."""

    def __init__(self, config, stream: TextIO = sys.stdout):
        self._url, self._stream = config.db_url, stream

    def __enter__(self) -> "Progress":
        self._engine = make_engine(self._url)
        self._sessions = session_factory(self._engine)
        with transaction(self._sessions) as session:
            self.n_left = jobs.n_pending(session)
        self._n_all, self._started_s = self.n_left, time.monotonic()
        if self._n_all:
            print(
                f"Training {self._n_all} submission{'s' * (self._n_all != 1)}.", file=self._stream, flush=True
            )
        return self

    def __exit__(self, *exc) -> None:
        self._engine.dispose()

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
