"""Change an account, and cancel what a banned one has waiting. Called by ``fab set_user`` and its page."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.models import User
from databoard.services.base.setters import Change
from databoard.services.people.changing import change_user
from databoard.services.submissions import control
from databoard.services.submissions.selection import ControlRow, JobFilter
from databoard.states import SubmissionState


def set_user(
    session: Session, user: User, given: Mapping[str, str], *, actor: User | None, now: datetime
) -> tuple[list[Change], list[ControlRow]]:
    """Change `user`; return what differs from before, and the submissions that a ban cancelled.

    What runs comes to its end.

    Raises
    ------
    RuleError, Conflict
        As :func:`~databoard.services.people.changing.change_user` does.
    """
    changes = change_user(session, user, given, actor=actor, now=now)
    if not (user.is_banned and any(change.field == "is_banned" for change in changes)):
        return changes, []
    waits = JobFilter(user=user.name, states=(SubmissionState.new,))
    return changes, control.cancel(session, waits, actor=actor, now=now)
