"""How often a team may still submit today: a ledger of debits and credits, each with its cause.

Submitting uses one attempt and reserves one scored submission of the event's day. The end of the submission decides
what is returned: `refund` is called once, in the transaction in which the submission ends. A rerun uses nothing.
`queries.quota` reads the ledger for pages and tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.models import Event, EventTeam, QuotaEntry, Submission, User
from databoard.services.base import audit
from databoard.states import PENDING_STATES, QuotaCause, QuotaKind

MAX_GRANT = 1000
#: Submissions of a team that may end without a score in a day of the event, refused by the check or failed. They take
#: no score of the day and may be tried again at once, and their text tells what the code saw: without a limit it
#: would carry out the training rows (docs/security.md).
MAX_FAILURES_PER_DAY = 100
#: What the end of a submission gives back. A failure of its own keeps the attempt: it ran, but got no score.
GIVEN_BACK: dict[QuotaCause, tuple[QuotaKind, ...]] = {
    QuotaCause.refused_by_check: (QuotaKind.attempt, QuotaKind.scored),
    QuotaCause.cancelled_before_start: (QuotaKind.attempt, QuotaKind.scored),
    QuotaCause.platform_fault: (QuotaKind.attempt, QuotaKind.scored),
    QuotaCause.not_scored: (QuotaKind.scored,),
}


@dataclass(frozen=True)
class Quota:
    """One kind of quota of a team on one day; a `limit` of 0 is none."""

    limit: int
    granted: int
    used: int

    @property
    def is_limited(self) -> bool:
        return self.limit > 0

    @property
    def allowed(self) -> int:
        return self.limit + self.granted

    @property
    def left(self) -> int | None:
        """How many are left; None without a limit. A limit that was lowered later leaves 0, never less."""
        return max(0, self.allowed - self.used) if self.is_limited else None

    @property
    def is_used_up(self) -> bool:
        return self.left == 0


@dataclass(frozen=True)
class DayQuota:
    """What a team may still do on `day`, which ends at `resets_at` (UTC): midnight in `time_zone`."""

    day: date
    resets_at: datetime
    time_zone: str
    attempts: Quota
    scored: Quota
    n_failed: int = 0  # refused by the check, or ended without a score
    n_pending: int = 0  # wait or run: each may fail

    @property
    def max_failed(self) -> int:
        """Return how many may fail; grants of the organisers count here too."""
        return MAX_FAILURES_PER_DAY + self.attempts.granted

    @property
    def is_limited(self) -> bool:
        return self.attempts.is_limited or self.scored.is_limited

    def refusal(self, now: datetime) -> str:
        """Return why the team may not submit at `now`; an empty text when it may."""
        if self.attempts.is_used_up:
            kind, quota, more = "submissions", self.attempts, ""
        elif self.scored.is_used_up:
            kind, quota, more = "scored submissions", self.scored, " A submission that fails does not count."
        elif self.n_failed + self.n_pending >= self.max_failed:
            pending = f" and {self.n_pending} still wait or run" if self.n_pending else ""
            return (
                f"{self.n_failed} of your submissions ended without a score today{pending}. The limit is "
                f"{self.max_failed} a day. The next day begins {self._reset(now)}. Test the code on your "
                "own machine first: databoard test."
            )
        else:
            return ""
        return f"{quota.used} of {quota.allowed} {kind} used today; the next is possible {self._reset(now)}.{more}"

    def summary(self, now: datetime) -> str:
        """Return what is left at `now`, in one line."""
        pairs = [("submissions", self.attempts), ("scored", self.scored)]
        parts = [f"{quota.left} of {quota.allowed} {kind}" for kind, quota in pairs if quota.is_limited]
        failed = f" {self.n_failed} of {self.max_failed} failed or refused today." if self.n_failed else ""
        if not parts:
            return f"No limit of submissions per day.{failed}"
        first, *others = parts
        return ", ".join([f"{first} left today", *others]) + f"; resets {self._reset(now)}.{failed}"

    def _reset(self, now: datetime) -> str:
        local = self.resets_at.astimezone(ZoneInfo(self.time_zone))
        return f"in {span(self.resets_at - now)} ({local:%H:%M} {self.time_zone})"


def day_of(event: Event, now: datetime) -> date:
    """Return the date at `now` where the event is."""
    return now.astimezone(ZoneInfo(event.time_zone)).date()


def next_day(event: Event, now: datetime) -> datetime:
    """Return when the event's next day begins, in UTC.

    A midnight that a change of clocks leaves out is the first moment after it; one that comes twice is the first.
    """
    midnight = datetime.combine(day_of(event, now) + timedelta(days=1), time.min, ZoneInfo(event.time_zone))
    return midnight.astimezone(UTC)


def span(left: timedelta) -> str:
    """Return a time to wait in hours and minutes, never less than it is."""
    minutes = ceil(left.total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" * bool(hours), f"{minutes} min" * bool(minutes)) if part)


def left(session: Session, event_team: EventTeam, *, now: datetime) -> DayQuota:
    """Return what a team may still do today, in one query."""
    return left_by_team(session, event_team.event, [event_team.id], now=now)[event_team.id]


def left_by_team(
    session: Session, event: Event, event_team_ids: Iterable[int], *, now: datetime
) -> dict[int, DayQuota]:
    """Return for each of these teams of an event what it may still do today, in one query."""
    ids, day = list(event_team_ids), day_of(event, now)
    granted = func.sum(QuotaEntry.amount).filter(QuotaEntry.cause == QuotaCause.granted)
    failures = (QuotaCause.refused_by_check, QuotaCause.not_scored)
    failed = func.count().filter(QuotaEntry.cause.in_(failures))
    pending = (
        select(func.count())
        .where(Submission.event_team_id == QuotaEntry.event_team_id, Submission.state.in_(PENDING_STATES))
        .correlate(QuotaEntry)
        .scalar_subquery()
    )
    columns = (func.sum(QuotaEntry.amount), func.coalesce(granted, 0), failed, pending)
    sums = (
        select(QuotaEntry.event_team_id, QuotaEntry.kind, *columns)
        .where(QuotaEntry.event_team_id.in_(ids), QuotaEntry.day == day)
        .group_by(QuotaEntry.event_team_id, QuotaEntry.kind)
    )
    found = {
        (team_id, kind): (int(total), int(given), n_failed, n_pending)
        for team_id, kind, total, given, n_failed, n_pending in session.execute(sums)
    }

    def quota(team_id: int, kind: QuotaKind, limit: int) -> Quota:
        total, given, _, _ = found.get((team_id, kind), (0, 0, 0, 0))
        return Quota(limit, granted=given, used=given - total)

    return {
        team_id: DayQuota(
            day,
            next_day(event, now),
            event.time_zone,
            attempts=quota(team_id, QuotaKind.attempt, event.max_attempts_per_day),
            scored=quota(team_id, QuotaKind.scored, event.max_scored_per_day),
            n_failed=found.get((team_id, QuotaKind.scored), (0, 0, 0, 0))[2],
            n_pending=found.get((team_id, QuotaKind.scored), (0, 0, 0, 0))[3],
        )
        for team_id in ids
    }


def debit(session: Session, submission: Submission, *, now: datetime) -> None:
    """Take one attempt and reserve one score of today; the caller holds the team's lock.

    Taken without a limit too: one that is set later finds a true ledger.
    """
    day = day_of(submission.event_team.event, now)
    for kind in QuotaKind:
        _add(session, submission.event_team_id, submission.id, kind, QuotaCause.submitted, -1, day, now)
    session.flush()


def refund(session: Session, submission: Submission, *, cause: QuotaCause, now: datetime) -> None:
    """Return the quota that the end of a submission returns, for the day on which it was used.

    The last entry of a kind tells: after a debit there is something to give back, after a credit no more. So a second
    call changes nothing, a retry under the same name is a debit of its own, and nothing is given back of what the
    organisers deposited. To be called with the submission's job locked, in the transaction that ends it.
    """
    latest: dict[QuotaKind, QuotaEntry] = {}
    query = select(QuotaEntry).where(QuotaEntry.submission_id == submission.id).order_by(QuotaEntry.id.desc())
    for entry in session.scalars(query.limit(2 * len(QuotaKind))):
        latest.setdefault(entry.kind, entry)
    for kind in GIVEN_BACK[cause]:
        taken = latest.get(kind)
        if taken is not None and taken.amount < 0:
            _add(session, taken.event_team_id, submission.id, kind, cause, -taken.amount, taken.day, now)
    session.flush()


def refund_cancelled(session: Session, submission: Submission, *, now: datetime) -> None:
    """Give back what a submission took that was cancelled: all before its training started, then its score."""
    is_started = submission.training_started_at is not None
    cause = QuotaCause.not_scored if is_started else QuotaCause.cancelled_before_start
    refund(session, submission, cause=cause, now=now)


def grant(
    session: Session,
    *,
    event_team: EventTeam,
    by: User | None,
    now: datetime,
    attempts: int = 0,
    scored: int = 0,
    day: date | None = None,
) -> DayQuota:
    """Give a team more submissions for a day, today by default; return what it has left today.

    Raises
    ------
    RuleError
        If nothing is given, more than `MAX_GRANT`, or for a day that is over.
    """
    day = _checked_day(event_team.event, day, now)
    if min(attempts, scored) < 0 or not 1 <= max(attempts, scored) <= MAX_GRANT:
        raise RuleError(
            f"Expected 1 to {MAX_GRANT} attempts or scored submissions to give, "
            f"got {attempts} attempts and {scored} scored."
        )
    for kind, amount in ((QuotaKind.attempt, attempts), (QuotaKind.scored, scored)):
        if amount:
            _add(session, event_team.id, None, kind, QuotaCause.granted, amount, day, now)
    granted = {"attempts": attempts, "scored": scored, "day": str(day)}
    audit.record_on(session, event_team, "grant_quota", actor=by, now=now, **granted)
    session.flush()
    return left(session, event_team, now=now)


def _checked_day(event: Event, day: date | None, now: datetime) -> date:
    today = day_of(event, now)
    if day is not None and day < today:
        raise RuleError(f"Expected today, {today}, or a later day in {event.time_zone}, got {day}.")
    return day or today


def _add(
    session: Session,
    event_team_id: int,
    submission_id: int | None,
    kind: QuotaKind,
    cause: QuotaCause,
    amount: int,
    day: date,
    now: datetime,
) -> None:
    session.add(
        QuotaEntry(
            event_team_id=event_team_id,
            submission_id=submission_id,
            kind=kind,
            cause=cause,
            amount=amount,
            day=day,
            created_at=now,
        )
    )
