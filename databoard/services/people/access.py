"""Who may see and do what: the rules of pages, JSON and command line. An anonymous visitor is `user` None."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.errors import NotFound
from databoard.models import Event, EventAdmin, EventTeam, Submission, Team, TeamMember, User
from databoard.states import MembershipStatus


def is_admin(user: User | None) -> bool:
    return user is not None and user.is_admin


def is_event_admin(session: Session, user: User | None, event: Event) -> bool:
    """Whether `user` runs `event`: its admin, or an admin of the site."""
    if user is None or not user.is_approved:
        return False
    query = select(EventAdmin.id).where(EventAdmin.event_id == event.id, EventAdmin.admin_id == user.id)
    return user.is_admin or session.scalar(query) is not None


def event_team_of(session: Session, *, event: Event, user: User | None) -> EventTeam | None:
    """Return the team with which `user` takes part in `event`, approved or waiting; None without one."""
    if user is None:
        return None
    return session.scalar(
        select(EventTeam)
        .join(TeamMember, TeamMember.team_id == EventTeam.team_id)
        .where(
            EventTeam.event_id == event.id,
            EventTeam.is_active,
            TeamMember.user_id == user.id,
            TeamMember.status == MembershipStatus.accepted,
        )
        .order_by(EventTeam.id)
        .limit(1)
    )


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


def can_read_event(session: Session, user: User | None, event: Event, now: datetime) -> bool:
    """Whether `user` may read the description: anybody for a public event."""
    return event.is_public or can_enter(session, user, event, now)


def can_enter(session: Session, user: User | None, event: Event, now: datetime) -> bool:
    """Whether `user` may see boards and sign up: approved people for a public event, else its own people."""
    if user is None or not user.is_approved:
        return False
    return (
        event.is_public
        or is_event_admin(session, user, event)
        or event_team_of(session, event=event, user=user) is not None
    )


def can_see_private_board(session: Session, user: User | None, event: Event, now: datetime) -> bool:
    """Whether `user` may see test scores: those who run the event, and after closing all who may enter."""
    return is_event_admin(session, user, event) or (
        event.is_closed(now) and can_enter(session, user, event, now)
    )


def can_see_code(session: Session, user: User | None, submission: Submission, now: datetime) -> bool:
    """Whether `user` may read the submission: its team and the admins; other members in the open phase."""
    event_team = submission.event_team
    if user is None or not user.is_approved:
        return False
    if is_event_admin(session, user, event_team.event):
        return True
    own = event_team_of(session, event=event_team.event, user=user)
    if own is None or not own.is_approved:
        return False
    return own.id == event_team.id or event_team.event.is_code_open(now)


def can_cancel(session: Session, user: User | None, submission: Submission) -> bool:
    """Whether `user` may cancel the submission while it waits or runs: its team, and who runs the event."""
    return _is_theirs(session, user, submission)


def can_see_printed(session: Session, user: User | None, submission: Submission) -> bool:
    """Whether `user` may read what the submission printed: its team, and who runs the event; nobody else, ever."""
    return _is_theirs(session, user, submission)


def _is_theirs(session: Session, user: User | None, submission: Submission) -> bool:
    event = submission.event_team.event
    if user is None or not user.is_approved:
        return False
    own = event_team_of(session, event=event, user=user)
    is_own = own is not None and own.is_approved and own.id == submission.event_team_id
    return is_own or is_event_admin(session, user, event)


def can_see_test_scores(session: Session, user: User | None, submission: Submission, now: datetime) -> bool:
    return can_see_private_board(session, user, submission.event_team.event, now)
