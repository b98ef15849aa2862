"""Who may see and do what, read with the rows of user, event and team. The rules themselves are in `rights`.

A request reads an :class:`EventAccess` once, in one statement. Every rule about an event is one of its methods, so
that no rule asks the database again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, exists, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from databoard.errors import NotFound
from databoard.models import Event, EventAdmin, EventTeam, Submission, Team, TeamMember
from databoard.services.people.rights import Asker, EventRights, runs_event
from databoard.states import MembershipStatus


@dataclass(frozen=True)
class EventAccess(EventRights):
    """What a user may see and do in an event, with the rows of the event and of the user's team there."""

    event: Event
    event_team: EventTeam | None


def event_access(session: Session, *, event: Event, user: Asker | None) -> EventAccess:
    """Return what `user` may do in `event`, as the database has it now."""
    _, own, is_listed = session.execute(_BY_ID, {"event_id": event.id, "user_id": _id_of(user)}).one()
    return _access(user, event, own, is_listed=is_listed)


def event_access_by_name(session: Session, *, name: str, user: Asker | None) -> EventAccess:
    """Return what `user` may do in the event called `name`, with that event; NotFound when there is none."""
    row = session.execute(_BY_NAME, {"event_name": name, "user_id": _id_of(user)}).first()
    if row is None:
        raise NotFound(f"Expected the name of an event, got {name!r}; no event is called that.")
    event, own, is_listed = row
    return _access(user, event, own, is_listed=is_listed)


def submission_access(session: Session, *, slug: str, user: Asker | None) -> tuple[Submission, EventAccess]:
    """Return the submission at an address, and what `user` may do in its event; NotFound when there is none."""
    row = session.execute(_BY_SLUG, {"slug": slug, "user_id": _id_of(user)}).first()
    if row is None:
        raise NotFound("There is no submission at this address.")
    submission, own, is_listed = row
    return submission, _access(user, submission.event_team.event, own, is_listed=is_listed)


def is_event_admin(session: Session, user: Asker | None, event: Event) -> bool:
    """Whether `user` runs `event`: its admin, or an admin of the site."""
    return event_access(session, event=event, user=user).is_event_admin


def can_see_private_board(session: Session, user: Asker | None, event: Event, now: datetime) -> bool:
    """Whether `user` may see test scores: those who run the event, and after closing all who may enter."""
    return event_access(session, event=event, user=user).can_see_private_board(now)


def event_team_of(session: Session, *, event: Event, user: Asker | None) -> EventTeam | None:
    """Return the team with which `user` takes part in `event`, approved or waiting; None without one."""
    return event_access(session, event=event, user=user).event_team


def event_team_in(session: Session, *, event: Event, team: Team) -> EventTeam:
    """Return a team's row in an event; NotFound when it has not signed up."""
    event_team = session.scalar(
        select(EventTeam).where(EventTeam.event_id == event.id, EventTeam.team_id == team.id)
    )
    if event_team is None:
        raise NotFound(
            f"{team.name} has not signed up for {event.name}. Do it with: fab sign_up_team:{event.name},{team.name}"
        )
    return event_team


def _id_of(user: Asker | None) -> int:
    """Return the number of a user; a stranger has one that no user has."""
    return 0 if user is None else user.id


def _access(user: Asker | None, event: Event, own: EventTeam | None, *, is_listed: bool) -> EventAccess:
    return EventAccess(user, event, own, runs_event(user, is_listed=is_listed))


def _with_user(query: Select[Any]) -> Select[*tuple[Any, ...]]:
    """Return a query of events with the team of the user in each, and whether the user is its admin."""
    own, user_id = aliased(EventTeam), bindparam("user_id", type_=Integer)
    teams = select(TeamMember.team_id).where(
        TeamMember.user_id == user_id, TeamMember.status == MembershipStatus.accepted
    )
    is_own = and_(own.event_id == Event.id, own.is_active, own.team_id.in_(teams))
    is_listed = exists().where(EventAdmin.event_id == Event.id, EventAdmin.admin_id == user_id)
    with_team = query.add_columns(own, is_listed).outerjoin(own, is_own).options(joinedload(own.team))
    return with_team.order_by(own.id).limit(1)


def _submissions() -> Select[Submission]:
    """Return a query of submissions, each with its team, its event and who submitted it."""
    its_team = contains_eager(Submission.event_team)
    return (
        select(Submission)
        .join(Submission.event_team)
        .join(EventTeam.team)
        .join(EventTeam.event)
        .options(
            its_team.options(contains_eager(EventTeam.event), contains_eager(EventTeam.team)),
            joinedload(Submission.user),
        )
    )


#: What every request asks. They are built once: to build one takes as long as to send it.
_BY_ID = _with_user(select(Event)).where(Event.id == bindparam("event_id"))
_BY_NAME = _with_user(select(Event)).where(Event.name == bindparam("event_name"))
_BY_SLUG = _with_user(_submissions()).where(Submission.slug == bindparam("slug"))
