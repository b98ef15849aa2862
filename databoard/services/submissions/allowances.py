"""Decide whether a team may submit. Page, JSON and command line all ask here.

Called by `submit` under the lock of the team, and by pages that show the answer beforehand.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.orm import Session

from databoard.errors import Forbidden, RuleError, TooManyRequests
from databoard.models import EventTeam
from databoard.services.people.rights import Asker
from databoard.services.submissions import quota
from databoard.services.submissions.quota import DayQuota

#: What a frozen event means for its participants.
FROZEN = "it takes no submission until its organisers go on. What waits goes on waiting; nothing is lost."


@dataclass(frozen=True)
class SubmitAllowance:
    """Whether a team may submit now, and if not, why and for how long.

    `is_frozen`: the organisers stopped the event for now; what is there stays as it is.
    `is_retry_allowed`: only the waiting time forbids it, and the name of a failed submission is exempt from that.
    """

    is_allowed: bool
    reason: str = ""
    wait_s: int = 0
    opens_at: datetime | None = None
    is_retry_allowed: bool = False
    is_frozen: bool = False
    quota: DayQuota | None = None  # None: the event is not open to the team

    def error(self) -> RuleError:
        """Return the refusal as an error, to be raised."""
        if self.is_frozen:
            return Forbidden(self.reason)
        return TooManyRequests(self.reason, self.wait_s) if self.wait_s else RuleError(self.reason)


def may_submit(
    session: Session, *, event_team: EventTeam, user: Asker | None, now: datetime
) -> SubmitAllowance:
    """Decide whether `event_team` may submit at `now`.

    The command line (`user` None) and admins of the site are exempt from quota and waiting time.
    """
    event = event_team.event
    if not event_team.is_approved or not event_team.is_active:
        return SubmitAllowance(False, "Your team waits for approval by the organisers.")
    if event.is_closed(now):
        return SubmitAllowance(False, f"{event.title} closed on {event.closes_at:%Y-%m-%d %H:%M} UTC.")
    if event.opens_at is None:
        return SubmitAllowance(False, f"{event.title} has no opening date yet.")
    if now < event.opens_at:
        return SubmitAllowance(
            False, f"{event.title} opens on {event.opens_at:%Y-%m-%d %H:%M} UTC.", opens_at=event.opens_at
        )
    if event.is_frozen:
        return SubmitAllowance(False, f"{event.title} is frozen: {FROZEN}", is_frozen=True)
    return _may_submit_today(session, event_team, user, now)


def is_exempt(user: Asker | None) -> bool:
    """Return whether `user` is exempt from quota and waiting time (admins, command line)."""
    return user is None or user.is_admin


def _may_submit_today(
    session: Session, event_team: EventTeam, user: Asker | None, now: datetime
) -> SubmitAllowance:
    """Check the quota before the waiting time, because the quota lasts longer."""
    today = quota.left(session, event_team, now=now)
    if is_exempt(user):
        return SubmitAllowance(True, quota=today)
    if refusal := today.refusal(now):
        wait_s = ceil((today.resets_at - now).total_seconds())
        return SubmitAllowance(False, refusal, wait_s, quota=today)
    wait_s = _waiting_time_s(event_team, now)
    if wait_s > 0:
        reason = f"Your team submitted recently. Wait {wait_s} more seconds."
        return SubmitAllowance(False, reason, wait_s, is_retry_allowed=True, quota=today)
    return SubmitAllowance(True, quota=today)


def _waiting_time_s(event_team: EventTeam, now: datetime) -> int:
    if event_team.last_submitted_at is None:
        return 0
    pause = timedelta(seconds=event_team.event.min_duration_between_submissions_s)
    left_s = (event_team.last_submitted_at + pause - now).total_seconds()
    return max(0, -int(-left_s // 1))
