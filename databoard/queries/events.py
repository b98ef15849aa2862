"""Events as visitors see them: the list, and one event's page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from databoard.models import (
    EnsembleScore,
    Event,
    EventAdmin,
    EventScoreType,
    EventTeam,
    Problem,
    Submission,
    TeamMember,
    User,
)
from databoard.queries.kit_files import description_of
from databoard.queries.paging import Page, paginate
from databoard.scoring.shown_digits import score_text
from databoard.services.base.files import FileStore
from databoard.services.events.limits import LimitFacts, limit_facts
from databoard.services.people.access import EventAccess
from databoard.states import EnsembleKind, MembershipStatus


@dataclass(frozen=True)
class EventCard:
    """An event in the list. `membership` is None, ``waiting`` or ``joined``."""

    name: str
    title: str
    problem_name: str
    status: str  # open, upcoming or closed
    opens_at: datetime | None
    closes_at: datetime | None
    n_teams: int
    n_submissions: int
    membership: str | None
    is_public: bool


@dataclass(frozen=True)
class ScoreFact:
    """A score type of an event."""

    name: str
    is_lower_the_better: bool
    minimum: float
    maximum: float
    precision: int
    is_official: bool


@dataclass(frozen=True)
class CombinedScore:
    """What all submissions score together; `test_text` is None while test scores are hidden."""

    name: str
    valid_text: str
    test_text: str | None


@dataclass(frozen=True)
class EventPage:
    """Everything the page of an event shows."""

    card: EventCard
    description: str  # Markdown
    public_opens_at: datetime | None
    is_controlled_signup: bool
    min_duration_s: int
    max_attempts_per_day: int  # 0: no limit, like the next one
    max_scored_per_day: int
    time_zone: str  # its midnight ends the day of both
    limits: LimitFacts
    scores: tuple[ScoreFact, ...]
    files: tuple[str, ...]
    commands_to_try: tuple[str, ...]  # a submission, in the unpacked starting kit
    can_enter: bool
    can_see_private_board: bool
    is_event_admin: bool
    combined: tuple[CombinedScore, ...]


def cards(
    session: Session, *, user: User | None, now: datetime, page: int = 1, problem: Problem | None = None
) -> Page[EventCard]:
    """Return the events that `user` may know of (of one problem, if given), the last opened first."""
    latest_first = Event.opens_at.desc().nulls_last(), Event.name
    query = _visible(user).order_by(*latest_first).options(selectinload(Event.problem))
    if problem is not None:
        query = query.where(Event.problem_id == problem.id)
    found = paginate(session, query, page=page)
    events = [event for (event,) in found.rows]
    ids = [event.id for event in events]
    teams, counts = _team_counts(session, ids), _submission_counts(session, ids)
    mine = _memberships(session, user, ids)
    return found.with_rows(
        _card(event, now, teams.get(event.id, 0), counts.get(event.id, 0), mine.get(event.id))
        for event in events
    )


def page(session: Session, *, viewer: EventAccess, store: FileStore, now: datetime) -> EventPage:
    """Return one event's page as `viewer` may see it; the description is the kit's README."""
    event, ids = viewer.event, [viewer.event.id]
    card = _card(
        event,
        now,
        _team_counts(session, ids).get(event.id, 0),
        _submission_counts(session, ids).get(event.id, 0),
        _membership(viewer),
    )
    can_see_private_board = viewer.can_see_private_board(now)
    return EventPage(
        card=card,
        description=description_of(event.problem, store),
        public_opens_at=event.public_opens_at,
        is_controlled_signup=event.is_controlled_signup,
        min_duration_s=event.min_duration_between_submissions_s,
        max_attempts_per_day=event.max_attempts_per_day,
        max_scored_per_day=event.max_scored_per_day,
        time_zone=event.time_zone,
        limits=limit_facts(event),
        scores=tuple(_score_fact(score) for score in event.score_types),
        files=tuple(element.file_name for element in event.problem.workflow.elements),
        commands_to_try=_commands_to_try(event, store),
        can_enter=viewer.can_enter,
        can_see_private_board=can_see_private_board,
        is_event_admin=viewer.is_event_admin,
        combined=_combined(session, event, is_test_shown=can_see_private_board),
    )


def _commands_to_try(event: Event, store: FileStore) -> tuple[str, ...]:
    from databoard.kits import commands_to_try

    return commands_to_try(store.kit_path(event.problem.name))


def _visible(user: User | None) -> Select[Event]:
    query = select(Event)
    if user is None or not user.is_approved:
        return query.where(Event.is_public)
    if user.is_admin:
        return query
    joined = (
        select(EventTeam.event_id)
        .join(TeamMember, TeamMember.team_id == EventTeam.team_id)
        .where(
            TeamMember.user_id == user.id, TeamMember.status == MembershipStatus.accepted, EventTeam.is_active
        )
    )
    run = select(EventAdmin.event_id).where(EventAdmin.admin_id == user.id)
    return query.where(or_(Event.is_public, Event.id.in_(joined), Event.id.in_(run)))


def _card(event: Event, now: datetime, n_teams: int, n_submissions: int, membership: str | None) -> EventCard:
    status = "closed" if event.is_closed(now) else "open" if event.is_open(now) else "upcoming"
    return EventCard(
        event.name,
        event.title,
        event.problem.name,
        status,
        event.opens_at,
        event.closes_at,
        n_teams,
        n_submissions,
        membership,
        event.is_public,
    )


def _team_counts(session: Session, event_ids: list[int]) -> dict[int, int]:
    query = (
        select(EventTeam.event_id, func.count())
        .where(EventTeam.event_id.in_(event_ids), EventTeam.approved_at.is_not(None))
        .group_by(EventTeam.event_id)
    )
    return dict(session.execute(query).all())


def _submission_counts(session: Session, event_ids: list[int]) -> dict[int, int]:
    query = (
        select(EventTeam.event_id, func.count(Submission.id))
        .join(Submission, Submission.event_team_id == EventTeam.id)
        .where(EventTeam.event_id.in_(event_ids))
        .group_by(EventTeam.event_id)
    )
    return dict(session.execute(query).all())


def _memberships(session: Session, user: User | None, event_ids: list[int]) -> dict[int, str]:
    if user is None:
        return {}
    query = (
        select(EventTeam.event_id, EventTeam.approved_at)
        .join(TeamMember, TeamMember.team_id == EventTeam.team_id)
        .where(
            EventTeam.event_id.in_(event_ids),
            TeamMember.user_id == user.id,
            EventTeam.is_active,
            TeamMember.status == MembershipStatus.accepted,
        )
    )
    return {
        event_id: "waiting" if approved_at is None else "joined"
        for event_id, approved_at in session.execute(query)
    }


def _membership(viewer: EventAccess) -> str | None:
    if viewer.event_team is None:
        return None
    return "joined" if viewer.is_participant else "waiting"


def _score_fact(score: EventScoreType) -> ScoreFact:
    kind = score.score_type
    return ScoreFact(
        score.name, kind.is_lower_the_better, kind.minimum, kind.maximum, score.precision, score.is_official
    )


def _combined(session: Session, event: Event, *, is_test_shown: bool) -> tuple[CombinedScore, ...]:
    rows = session.scalars(
        select(EnsembleScore)
        .join(EventScoreType)
        .where(EnsembleScore.event_id == event.id, EnsembleScore.kind == EnsembleKind.combined)
        .order_by(EventScoreType.position)
        .options(selectinload(EnsembleScore.event_score_type))
    )
    return tuple(
        CombinedScore(
            row.event_score_type.name,
            score_text(row.valid_score, row.event_score_type.precision),
            score_text(row.test_score, row.event_score_type.precision) if is_test_shown else None,
        )
        for row in rows
    )
