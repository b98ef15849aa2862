"""Events as visitors see them: the list, and one event's page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from databoard.models import (
    EnsembleScore,
    Event,
    EventAdmin,
    EventScoreType,
    EventTeam,
    Problem,
    Submission,
    TeamMember,
)
from databoard.queries import problem_rows
from databoard.queries.kit_files import description_of
from databoard.queries.paging import KeyPage, Position, SortColumn, page_by_key
from databoard.scoring.shown_digits import score_text
from databoard.services.base import joins, notebook_files
from databoard.services.base.files import FileStore
from databoard.services.events.limits import LimitFacts, limit_facts
from databoard.services.people.access import EventAccess
from databoard.services.people.rights import Asker
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
    is_featured: bool = False
    is_frozen: bool = False


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
    has_notebook: bool
    commands_to_try: tuple[str, ...]  # a submission, in the unpacked starting kit
    can_enter: bool
    can_see_private_board: bool
    is_event_admin: bool
    combined: tuple[CombinedScore, ...]


def cards(
    session: Session,
    *,
    user: Asker | None,
    now: datetime,
    position: Position | None = None,
    problem: Problem | None = None,
) -> KeyPage[EventCard]:
    """Return the events that `user` may know of (of one problem, if given).

    Public ones that are featured come first, then those with more teams, then the last opened.
    """
    n_teams, n_submissions = _counts()
    order = [
        SortColumn(case((and_(Event.is_public, Event.is_featured), 0), else_=1)),
        SortColumn(n_teams, is_descending=True),
        SortColumn(Event.opens_at, is_descending=True, is_nullable=True),
        SortColumn(Event.name),
    ]
    query = _visible(user).add_columns(n_teams, n_submissions)
    query = query.options(joinedload(Event.problem, innerjoin=True))
    if problem is not None:
        query = query.where(Event.problem_id == problem.id)
    found = page_by_key(session, query, order, position=position)
    mine = _memberships(session, user, [event.id for event, *_ in found.rows])
    return found.with_rows(
        _card(event, event.problem.name, now, n_teams, n_submissions, mine.get(event.id))
        for event, n_teams, n_submissions in found.rows
    )


def page(session: Session, *, viewer: EventAccess, store: FileStore, now: datetime) -> EventPage:
    """Return one event's page as `viewer` may see it; the description is the kit's README."""
    event = viewer.event
    problem = problem_rows.find(session, Problem.id == event.problem_id) or event.problem
    n_teams, n_submissions = session.execute(select(*_counts()).where(Event.id == event.id)).one()
    scores = _scores(session, event)
    can_see_private_board = viewer.can_see_private_board(now)
    return EventPage(
        card=_card(event, problem.name, now, n_teams, n_submissions, _membership(viewer)),
        description=description_of(problem, store),
        public_opens_at=event.public_opens_at,
        is_controlled_signup=event.is_controlled_signup,
        min_duration_s=event.min_duration_between_submissions_s,
        max_attempts_per_day=event.max_attempts_per_day,
        max_scored_per_day=event.max_scored_per_day,
        time_zone=event.time_zone,
        limits=limit_facts(event),
        scores=tuple(_score_fact(score) for score, _ in scores),
        files=tuple(element.file_name for element in problem.workflow.elements),
        has_notebook=notebook_files.is_there(store, problem.name),
        commands_to_try=_commands_to_try(problem, store),
        can_enter=viewer.can_enter,
        can_see_private_board=can_see_private_board,
        is_event_admin=viewer.is_event_admin,
        combined=_combined(scores, is_test_shown=can_see_private_board),
    )


def _commands_to_try(problem: Problem, store: FileStore) -> tuple[str, ...]:
    from databoard.kits import commands_to_try

    return commands_to_try(store.kit_path(problem.name))


def _visible(user: Asker | None) -> Select[Any]:
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


def _card(
    event: Event, problem_name: str, now: datetime, n_teams: int, n_submissions: int, membership: str | None
) -> EventCard:
    status = "closed" if event.is_closed(now) else "open" if event.is_open(now) else "upcoming"
    return EventCard(
        event.name,
        event.title,
        problem_name,
        status,
        event.opens_at,
        event.closes_at,
        n_teams,
        n_submissions,
        membership,
        event.is_public,
        event.is_featured and event.is_public,
        event.is_frozen,
    )


def _counts() -> tuple[ScalarSelect[int], ScalarSelect[int]]:
    """Return two columns of a query of events: how many teams were let in, how many submissions there are."""
    teams = select(func.count()).where(EventTeam.event_id == Event.id, EventTeam.approved_at.is_not(None))
    submissions = joins.event_team(select(func.count(Submission.id))).where(EventTeam.event_id == Event.id)
    return teams.correlate(Event).scalar_subquery(), submissions.correlate(Event).scalar_subquery()


def _memberships(session: Session, user: Asker | None, event_ids: list[int]) -> dict[int, str]:
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


def _scores(session: Session, event: Event) -> list[tuple[EventScoreType, EnsembleScore | None]]:
    """Return the score types of an event, each with what all submissions score together."""
    is_combined = and_(
        EnsembleScore.event_score_type_id == EventScoreType.id, EnsembleScore.kind == EnsembleKind.combined
    )
    query = select(EventScoreType, EnsembleScore).outerjoin(EnsembleScore, is_combined)
    rows = session.execute(query.where(EventScoreType.event_id == event.id).order_by(EventScoreType.position))
    return [(score, together) for score, together in rows]


def _combined(
    scores: list[tuple[EventScoreType, EnsembleScore | None]], *, is_test_shown: bool
) -> tuple[CombinedScore, ...]:
    return tuple(
        CombinedScore(
            score.name,
            score_text(together.valid_score, score.precision),
            score_text(together.test_score, score.precision) if is_test_shown else None,
        )
        for score, together in scores
        if together is not None
    )
