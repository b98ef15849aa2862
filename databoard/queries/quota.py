"""The ledger of quotas as teams and organisers read it: who, when, why, how much. For the page and fab tasks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from databoard.errors import Forbidden
from databoard.models import AuditEntry, Event, EventTeam, QuotaEntry, Submission, Team, User
from databoard.queries.paging import KeyPage, Position, SortColumn, page_by_key
from databoard.services.people import access
from databoard.services.people.access import EventAccess
from databoard.services.submissions import quota
from databoard.services.submissions.quota import DayQuota
from databoard.services.teams import teams
from databoard.states import QuotaCause, QuotaKind

KINDS = {QuotaKind.attempt: "submission", QuotaKind.scored: "scored"}
CAUSES = {
    QuotaCause.submitted: "submitted",
    QuotaCause.refused_by_check: "returned: refused by the check",
    QuotaCause.cancelled_before_start: "returned: cancelled before training",
    QuotaCause.not_scored: "returned: ended without a score",
    QuotaCause.platform_fault: "returned: the server failed",
    QuotaCause.granted: "granted by the organisers",
}
#: The audit's word for what a person did that wrote an entry.
ACTIONS = {QuotaCause.submitted: "submit", QuotaCause.granted: "grant_quota"}

#: When somebody did something, for which team, and the audit's word for it.
Act = tuple[datetime, str, str]


@dataclass(frozen=True)
class LedgerRow:
    """One entry; `balance` is the sum of the day's entries of its kind so far. The limit plus `balance` was left."""

    at: datetime
    team_name: str
    who: str  # "": the server by itself, or the command line
    submission: str  # "": none, or it was deleted
    slug: str
    kind: str
    cause: str
    amount: int
    balance: int
    day: date


def ledger_team(session: Session, *, viewer: EventAccess, team_name: str = "") -> EventTeam | None:
    """Return the team whose ledger `viewer` reads, None for all teams of the event: an organiser's without a name.

    Raises
    ------
    Forbidden
        If the viewer is no organiser and in no team of the event, or asks for another one.
    """
    event, own = viewer.event, viewer.event_team
    if viewer.is_event_admin:
        if not team_name:
            return None
        return _team_in(session, event, team_name)
    if own is None or not own.is_approved:
        raise Forbidden(f"Sign up to {event.title} first: the button is on its page.")
    if team_name and team_name.lower() != own.team.name.lower():
        raise Forbidden("The ledger of a team is for its members and the organisers.")
    return own


def _team_in(session: Session, event: Event, team_name: str) -> EventTeam:
    query = (
        select(EventTeam)
        .join(EventTeam.team)
        .where(EventTeam.event_id == event.id, func.lower(Team.name) == team_name.lower())
        .options(contains_eager(EventTeam.team))
    )
    found = session.scalar(query)
    if found is None:  # says which of the two there is not
        return access.event_team_in(session, event=event, team=teams.team_by_name(session, team_name))
    return found


def ledger(
    session: Session, *, event: Event, event_team: EventTeam | None, position: Position | None = None
) -> KeyPage[LedgerRow]:
    """Return the entries of a team, or of all teams of an event, the newest first."""
    query = (
        select(
            QuotaEntry.created_at,
            QuotaEntry.kind,
            QuotaEntry.cause,
            QuotaEntry.amount,
            QuotaEntry.day,
            _balance().label("balance"),
            Team.name.label("team_name"),
            Submission.name.label("submission"),
            Submission.slug,
        )
        .join(EventTeam, EventTeam.id == QuotaEntry.event_team_id)
        .join(Team, Team.id == EventTeam.team_id)
        .outerjoin(Submission, Submission.id == QuotaEntry.submission_id)
        .where(EventTeam.event_id == event.id if event_team is None else EventTeam.id == event_team.id)
    )
    found = page_by_key(session, query, [SortColumn(QuotaEntry.id, True)], position=position)
    actors = _actors(session, event, {row.created_at for row in found.rows})
    return found.with_rows(_ledger_row(row, actors) for row in found.rows)


def today(session: Session, *, event: Event, now: datetime, team_name: str = "") -> dict[str, DayQuota]:
    """Return by team name, in its order, what the teams of an event (or one of them) may still do today."""
    query = select(EventTeam.id, Team.name).join(Team).where(EventTeam.event_id == event.id)
    if team_name:
        team = teams.team_by_name(session, team_name)
        query = query.where(EventTeam.id == access.event_team_in(session, event=event, team=team).id)
    names = session.execute(query.order_by(func.lower(Team.name))).all()
    found = quota.left_by_team(session, event, [id for id, _ in names], now=now)
    return {name: found[id] for id, name in names}


def today_of(session: Session, *, event_team: EventTeam, now: datetime) -> DayQuota:
    """Return what one team may still do today."""
    return quota.left(session, event_team, now=now)


def _balance() -> ScalarSelect[int]:
    """Return the sum of the entries of the same team, day and kind up to each one, for a query of entries."""
    earlier = aliased(QuotaEntry)
    is_summed = (
        earlier.event_team_id == QuotaEntry.event_team_id,
        earlier.day == QuotaEntry.day,
        earlier.kind == QuotaEntry.kind,
        earlier.id <= QuotaEntry.id,
    )
    return select(func.sum(earlier.amount)).where(*is_summed).correlate(QuotaEntry).scalar_subquery()


def _ledger_row(row: Row[*tuple[Any, ...]], actors: dict[Act, str]) -> LedgerRow:
    return LedgerRow(
        at=row.created_at,
        team_name=row.team_name,
        who=actors.get((row.created_at, row.team_name, ACTIONS.get(row.cause, "")), ""),
        submission=row.submission or "",
        slug=row.slug or "",
        kind=KINDS[row.kind],
        cause=CAUSES[row.cause],
        amount=row.amount,
        balance=int(row.balance),
        day=row.day,
    )


def _actors(session: Session, event: Event, moments: Iterable[datetime]) -> dict[Act, str]:
    """Return who did what wrote the entries of these moments, by moment, team and action, as the audit tells.

    An entry names its submission, whose user is that of the last try; the audit has the user of each.
    """
    query = (
        select(AuditEntry.at, AuditEntry.object_name, AuditEntry.action, User.name)
        .join(User, User.id == AuditEntry.actor_id)
        .where(
            AuditEntry.at.in_(moments), AuditEntry.object_name.startswith(f"{event.name}/", autoescape=True)
        )
    )
    known = set(ACTIONS.values())
    return {
        (at, object_name.split("/")[1], action if action in known else ""): name
        for at, object_name, action, name in session.execute(query)
    }
