"""List the jobs that wait and run. Called by ``fab pending_jobs``."""

import sys
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.queries import waiting
from databoard.queries.paging import Page
from databoard.queries.records import pending_record
from databoard.queries.waiting import PendingJob
from databoard.services.events import events
from databoard.states import JobStep
from databoard.tasks import output
from databoard.tasks.choices import one_of


def listed(
    session: Session, event_name: str, kind: str, *, page: int, size: int, now: datetime
) -> Page[PendingJob]:
    """Return a page of pending jobs; an empty name or kind stands for all.

    Raises
    ------
    RuleError, NotFound
        If there is no such event or kind, or a page cannot be that long.
    """
    if size < 1:
        raise RuleError(f"Expected a page of at least 1 job, got size={size}.")
    event = events.event_by_name(session, event_name) if event_name else None
    step = one_of(JobStep, kind, "a kind") if kind else None
    return waiting.pending(session, event=event, step=step, now=now, page=page, size=size)


def show(page: Page[PendingJob], format: str) -> None:
    """Print the page, and on standard error its number when there are more."""
    output.show(map(pending_record, page.rows), format)
    if page.pages > 1:
        print(f"Page {page.number} of {page.pages}, {page.total} jobs in all.", file=sys.stderr)
