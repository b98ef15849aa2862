"""Submissions as their team sees them: the list with live states, and one submission's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer, joinedload

from databoard.errors import NotFound
from databoard.models import (
    Event,
    EventScoreType,
    EventTeam,
    Submission,
    SubmissionFile,
    SubmissionScore,
    Team,
    WorkflowElement,
)
from databoard.queries import board_columns, measured, shares
from databoard.queries import folds as fold_queries
from databoard.queries import waiting as waiting_queries
from databoard.queries.board_columns import BoardColumn
from databoard.queries.earlier_scores import EarlierScore, earlier_scores
from databoard.queries.folds import FoldRow
from databoard.queries.measured import FoldTotals, Scores
from databoard.queries.paging import KeyPage, Position, SortColumn, page_by_key
from databoard.queries.waiting import Waiting
from databoard.scoring.shown_digits import ScoreCell, score_cell, score_text, shown_score, shown_time_s
from databoard.services.base import joins
from databoard.services.base.files import FileStore
from databoard.services.people.access import EventAccess
from databoard.states import ERROR_STATES


@dataclass(frozen=True)
class SubmissionRow:
    """A submission in a list. Times are in seconds, summed over folds."""

    slug: str
    name: str
    team_name: str
    state: str
    is_pending: bool
    is_checking: bool  # before it waits in the queue
    is_error: bool
    error_code: str
    error_headline: str
    cells: tuple[ScoreCell, ...]
    submitted_at: datetime
    train_time_s: float | None
    valid_time_s: float | None
    cpu_time_s: float | None
    contributivity: int  # percent, all of an event sum to 100
    share: float  # contributivity, 0 to 1
    waiting: Waiting | None  # None: it does not, or nobody asked
    n_folds: int
    n_folds_done: int


@dataclass(frozen=True)
class CodeFile:
    """A file of a submission; `text` is None for data, which is only downloaded."""

    element: str
    filename: str
    size_bytes: int
    text: str | None


@dataclass(frozen=True)
class BaggedRow:
    """One score of a submission over all folds; `curve` holds the bagged score of the first 1..K folds, rounded."""

    name: str
    is_official: bool
    valid_text: str
    valid_mean_text: str
    valid_std_text: str
    train_mean_text: str
    test_text: str | None
    test_mean_text: str | None
    test_std_text: str | None
    curve: tuple[float | None, ...]


@dataclass(frozen=True)
class SubmissionView:
    """Everything the page of a submission shows."""

    row: SubmissionRow
    event_name: str
    event_title: str
    submitted_by: str
    training_started_at: datetime | None
    finished_at: datetime | None
    files: tuple[CodeFile, ...]
    error_message: str
    trace: str
    columns: tuple[BoardColumn, ...]
    folds: tuple[FoldRow, ...]
    bagged: tuple[BaggedRow, ...]
    earlier: tuple[EarlierScore, ...]
    can_see_test: bool
    n_printed: int | None  # characters; None: the viewer may not read them
    can_cancel: bool  # now: it waits or runs, and the viewer may


def mine(
    session: Session, *, event_team: EventTeam, now: datetime, position: Position | None = None
) -> KeyPage[SubmissionRow]:
    """Return the team's submissions, the latest first."""
    query = _with_facts(select(Submission)).where(Submission.event_team_id == event_team.id)
    latest_first = [SortColumn(Submission.submitted_at, True), SortColumn(Submission.id, True)]
    found = page_by_key(session, query.options(defer(Submission.trace)), latest_first, position=position)
    return found.with_rows(_rows(session, found.rows, event_team.event, now))


def rows(
    session: Session, submissions: Sequence[Submission], event: Event, *, now: datetime | None = None
) -> list[SubmissionRow]:
    """Return these submissions of one event as rows, in a constant number of queries; with `now`, who waits."""
    query = _with_facts(select(Submission.id)).where(Submission.id.in_([one.id for one in submissions]))
    facts = {row[0]: row[1:] for row in session.execute(query)}
    return _rows(session, [(one, *facts[one.id]) for one in submissions], event, now)


def row(session: Session, *, submission: Submission, now: datetime | None = None) -> SubmissionRow:
    return rows(session, [submission], submission.event_team.event, now=now)[0]


def _with_facts(query: Select[Any]) -> Select[*tuple[Any, ...]]:
    """Return a query of submissions with the name of the team, whether it is checked now, and its folds in sum."""
    facts = (Team.name, measured.is_checking(), *measured.total_columns())
    return joins.event_team(query).join(Team, Team.id == EventTeam.team_id).add_columns(*facts)


def _rows(
    session: Session, found: Sequence[Sequence[Any]], event: Event, now: datetime | None
) -> list[SubmissionRow]:
    """Return rows of what :func:`_with_facts` finds."""
    submissions: list[Submission] = [submission for submission, *_ in found]
    scores = measured.scores_of(session, event, [one.id for one in submissions])
    standing = _standing(session, submissions, event, now)
    return [
        _row(one, event, scores.get(one.id, {}), FoldTotals(*totals), is_checking, team_name, standing)
        for one, team_name, is_checking, *totals in found
    ]


@dataclass(frozen=True)
class _Standing:
    """Where some submissions of an event stand: in line, and in the blend."""

    waiting: dict[int, Waiting]
    percents: dict[int, int]


def _standing(
    session: Session, submissions: Sequence[Submission], event: Event, now: datetime | None
) -> _Standing:
    pending = [one.id for one in submissions if one.is_pending]
    return _Standing(
        waiting_queries.waiting(session, pending, now=now) if now else {},
        shares.percents(session, event) if any(one.contributivity for one in submissions) else {},
    )


def view(
    session: Session, *, submission: Submission, viewer: EventAccess, store: FileStore, now: datetime
) -> SubmissionView:
    """Return one submission's page for somebody who may read its code."""
    event = viewer.event
    can_see_test = viewer.can_see_private_board(now)
    found = measured.of_submission(session, submission)
    standing = _standing(session, [submission], event, now)
    team_name = submission.event_team.team.name
    return SubmissionView(
        row=_row(submission, event, found.scores, found.totals, found.is_checking, team_name, standing),
        event_name=event.name,
        event_title=event.title,
        submitted_by=submission.user.name if submission.user else "the organisers",
        training_started_at=submission.training_started_at,
        finished_at=submission.finished_at,
        files=_files(session, submission, store),
        error_message=submission.error_message,
        trace=submission.trace,
        columns=board_columns.columns(event),
        folds=fold_queries.fold_rows(submission, found, can_see_test=can_see_test),
        bagged=_bagged(found.scores, event, can_see_test),
        earlier=earlier_scores(session, submission, can_see_test=can_see_test),
        can_see_test=can_see_test,
        n_printed=found.n_printed if viewer.can_see_printed(submission) else None,
        can_cancel=submission.is_pending and viewer.can_cancel(submission),
    )


def _row(
    submission: Submission,
    event: Event,
    scores: Scores,
    totals: FoldTotals,
    is_checking: bool,
    team_name: str,
    standing: _Standing,
) -> SubmissionRow:
    cells = tuple(
        score_cell(score, getattr(scores.get(score.id), f"valid_{event.score_kind}", None))
        for score in event.score_types
    )
    return SubmissionRow(
        slug=submission.slug,
        name=submission.name,
        team_name=team_name,
        state=str(submission.state),
        is_pending=submission.is_pending,
        is_checking=is_checking and submission.is_pending,
        is_error=submission.state in ERROR_STATES,
        error_code=str(submission.error_code or ""),
        error_headline=submission.error_message.split("\n", 1)[0][:200],
        cells=cells,
        submitted_at=submission.submitted_at,
        train_time_s=shown_time_s(totals.train_time_s),
        valid_time_s=shown_time_s(totals.valid_time_s),
        cpu_time_s=shown_time_s(totals.cpu_time_s),
        contributivity=standing.percents.get(submission.id, 0),
        share=submission.contributivity,
        waiting=standing.waiting.get(submission.id),
        n_folds=totals.n_folds,
        n_folds_done=totals.n_done,
    )


def _files(session: Session, submission: Submission, store: FileStore) -> tuple[CodeFile, ...]:
    query = (
        select(SubmissionFile)
        .join(SubmissionFile.workflow_element)
        .where(SubmissionFile.submission_id == submission.id)
        .order_by(WorkflowElement.position)
        .options(joinedload(SubmissionFile.workflow_element, innerjoin=True))
    )
    return tuple(
        CodeFile(
            file.workflow_element.name,
            file.workflow_element.file_name,
            file.size_bytes,
            store.read(file.sha256).decode(errors="replace")
            if file.workflow_element.element_type.file_type.is_editable
            else None,
        )
        for file in session.scalars(query)
    )


def _bagged(scores: Scores, event: Event, can_see_test: bool) -> tuple[BaggedRow, ...]:
    return tuple(
        _bagged_row(kind, scores[kind.id], can_see_test) for kind in event.score_types if kind.id in scores
    )


def _bagged_row(kind: EventScoreType, score: SubmissionScore, can_see_test: bool) -> BaggedRow:
    def text(value: float | None) -> str:
        return score_text(value, kind.precision)

    def hidden(value: float | None) -> str | None:
        return text(value) if can_see_test else None

    return BaggedRow(
        name=kind.name,
        is_official=kind.is_official,
        valid_text=text(score.valid_bag),
        valid_mean_text=text(score.valid_mean),
        valid_std_text=text(score.valid_std),
        train_mean_text=text(score.train_mean),
        test_text=hidden(score.test_bag),
        test_mean_text=hidden(score.test_mean),
        test_std_text=hidden(score.test_std),
        curve=tuple(shown_score(value, kind.precision) for value in score.valid_bags),
    )


def file_bytes(
    session: Session, *, submission: Submission, element: str, store: FileStore
) -> tuple[str, bytes]:
    """Return name and content of one file of a submission."""
    is_called_so = SubmissionFile.workflow_element.has(WorkflowElement.name == element)
    row = session.scalar(
        select(SubmissionFile)
        .where(SubmissionFile.submission_id == submission.id, is_called_so)
        .options(joinedload(SubmissionFile.workflow_element, innerjoin=True))
    )
    if row is None:
        raise NotFound(f"This submission has no file for {element!r}.")
    return row.workflow_element.file_name, store.read(row.sha256)
