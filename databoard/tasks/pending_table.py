"""List the jobs that wait and run. Called by ``fab pending_jobs``."""

import sys
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.ops.choices import one_of
from databoard.queries import waiting
from databoard.queries.paging import Page
from databoard.services.events import events
from databoard.states import JobStep


def listed(
    session: Session, event_name: str, kind: str, *, page: int, size: int, now: datetime
) -> Page[dict[str, object]]:
    """Return a page of records; an empty name or kind stands for all.

    Raises
    ------
    RuleError, NotFound
        If there is no such event or kind, or a page cannot be that long.
    """
    if size < 1:
        raise RuleError(f"Expected a page of at least 1 job, got size={size}.")
    event = events.event_by_name(session, event_name) if event_name else None
    step = one_of(JobStep, kind, "a kind") if kind else None
    found = waiting.pending(session, event=event, step=step, now=now, page=page, size=size)
    return found.with_rows(waiting.pending_record(row) for row in found.rows)


def tell_pages(page: Page[Any]) -> None:
    """Say on standard error which page it was, when there are more."""
    if page.pages > 1:
        print(f"Page {page.number} of {page.pages}, {page.total} jobs in all.", file=sys.stderr)
