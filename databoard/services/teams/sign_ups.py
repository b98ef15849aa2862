"""Sign-ups of teams to events: sign up, approve, refuse. Called by the pages and `fab sign_up_team`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from databoard.errors import Conflict, Forbidden, RuleError
from databoard.models import Event, EventTeam, Team, TeamMember, User
from databoard.services.base import audit
from databoard.services.base.database import begin_writing
from databoard.services.base.files import FileStore
from databoard.services.people import access
from databoard.services.teams.sandbox_starting_kit import fill_with_starting_kit
from databoard.services.teams.teams import waiting_sign_ups


@dataclass(frozen=True)
class ApprovalFailure:
    """A team that could not be let into an event, and why."""

    team_name: str
    event_name: str
    event_title: str
    reason: str


@dataclass(frozen=True)
class Approval:
    """The result of approving several teams."""

    n_approved: int
    failures: tuple[ApprovalFailure, ...] = ()


def sign_up(session: Session, *, event: Event, user: User, store: FileStore, now: datetime) -> EventTeam:
    """Ask for `user`'s own team to take part; let in at once when the event does not control sign-ups."""
    found = access.event_access(session, event=event, user=user)
    if found.event_team is not None:
        return found.event_team
    if not found.can_enter:
        raise Forbidden("This event is not open to you. Ask its organisers.")
    if event.is_closed(now):
        raise RuleError(f"{event.title} closed on {event.closes_at:%Y-%m-%d %H:%M} UTC; sign-up has ended.")
    query = select(Team).join(TeamMember).where(TeamMember.user_id == user.id, Team.is_individual)
    team = session.scalars(query).one()
    event_team = _join(session, event, team, now)
    if not event.is_controlled_signup and not event_team.is_approved:
        _let_in(session, event_team, by=user, store=store, now=now)
    return event_team


def sign_up_team(session: Session, *, event: Event, team: Team, store: FileStore, now: datetime) -> EventTeam:
    """Sign a team up and let it in; on a team that is in, nothing changes."""
    event_team = _join(session, event, team, now)
    if not event_team.is_approved:
        _let_in(session, event_team, by=None, store=store, now=now)
    return event_team


def approve_teams(
    session: Session, *, event_team_ids: list[int], by: User, store: FileStore, now: datetime
) -> Approval:
    """Let waiting teams into their events. Those that `by` may not decide are left alone.

    A team that cannot be let in, because of a spoilt starting kit, goes on waiting; the others are let in.
    """
    rows = _locked(session, waiting_sign_ups(by).where(EventTeam.id.in_(event_team_ids)))
    failures = []
    for event_team in rows:
        try:
            with session.begin_nested():
                _let_in(session, event_team, by=by, store=store, now=now)
        except RuleError as error:
            event = event_team.event
            failures.append(ApprovalFailure(event_team.team.name, event.name, event.title, str(error)))
    return Approval(len(rows) - len(failures), tuple(failures))


def refuse_teams(session: Session, *, event_team_ids: list[int], by: User, now: datetime) -> int:
    """Refuse and remove waiting sign-ups; return how many."""
    rows = _locked(session, waiting_sign_ups(by).where(EventTeam.id.in_(event_team_ids)))
    for event_team in rows:
        name = event_team.team.name
        audit.record_on(session, event_team.event, "refuse_team", actor=by, now=now, team=name)
    session.execute(delete(EventTeam).where(EventTeam.id.in_([row.id for row in rows])))
    session.expire_all()
    return len(rows)


def _locked(session: Session, query: Select[EventTeam]) -> list[EventTeam]:
    """Return rows that nobody else decides meanwhile; two approvals at once would fill one sandbox twice."""
    begin_writing(session)
    ordered = query.order_by(EventTeam.id).with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(ordered))


def _join(session: Session, event: Event, team: Team, now: datetime) -> EventTeam:
    """Return the team's row in the event, made if there is none; one sign-up of an event at a time."""
    begin_writing(session)
    session.refresh(event, with_for_update=True)
    _check_members(session, event, team)
    query = select(EventTeam).where(EventTeam.event_id == event.id, EventTeam.team_id == team.id)
    event_team = session.scalar(query)
    if event_team is None:
        event_team = EventTeam(event=event, team=team, signed_up_at=now)
        session.add(event_team)
        session.flush()
    return event_team


def _let_in(
    session: Session, event_team: EventTeam, *, by: User | None, store: FileStore, now: datetime
) -> None:
    event_team.approved_at = now
    fill_with_starting_kit(session, event_team=event_team, store=store, now=now)
    name = event_team.team.name
    audit.record_on(session, event_team.event, "approve_team", actor=by, now=now, team=name)


def _check_members(session: Session, event: Event, team: Team) -> None:
    if len(team.members) > event.max_members_per_team:
        raise RuleError(
            f"Expected a team of at most {event.max_members_per_team} for {event.name}, "
            f"got {team.name} with {len(team.members)} members."
        )
    other = session.scalar(
        select(User.name)
        .join(TeamMember, TeamMember.user_id == User.id)
        .join(EventTeam, EventTeam.team_id == TeamMember.team_id)
        .where(
            EventTeam.event_id == event.id,
            EventTeam.team_id != team.id,
            User.id.in_([member.user_id for member in team.members]),
        )
        .limit(1)
    )
    if other is not None:
        raise Conflict(f"{other} takes part in {event.name} in another team already.")
