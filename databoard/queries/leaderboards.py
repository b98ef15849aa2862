"""Leaderboards: rows ready to show, in a constant number of queries. The page, JSON and CSV use the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.errors import Forbidden
from databoard.models import (
    Event,
    EventScoreType,
    EventTeam,
    Submission,
    SubmissionFold,
    SubmissionScore,
    Team,
    User,
)
from databoard.queries import shares
from databoard.scoring.ranking import RankKey, rank_key
from databoard.scoring.shown_digits import ScoreCell, score_cell, shown_time_s
from databoard.services.base import joins
from databoard.services.people import access
from databoard.states import ScoreKind, SubmissionState


@dataclass(frozen=True)
class BoardColumn:
    """A column of scores; `is_lower_the_better` None means that it does not rank (a deviation)."""

    key: str
    label: str
    is_lower_the_better: bool | None
    is_official: bool


@dataclass(frozen=True)
class BoardRow:
    """One scored submission. `slug` is None when the viewer may not read its code. Times in seconds."""

    rank: int
    team_name: str
    name: str
    slug: str | None
    cells: tuple[ScoreCell, ...]
    contributivity: int  # percent, all of an event sum to 100
    historical_contributivity: int  # percent
    share: float  # contributivity, 0 to 1
    historical_share: float
    train_time_s: float | None
    valid_time_s: float | None
    submitted_at: datetime
    is_own: bool
    move: int | None = None  # places won (or lost) against the public board; None there


@dataclass(frozen=True)
class Board:
    """A leaderboard, best first; `score_kind` is what the scores of its columns are and what it ranks by."""

    columns: tuple[BoardColumn, ...]
    rows: tuple[BoardRow, ...]
    has_contributivity: bool
    score_kind: ScoreKind

    @property
    def n_rows(self) -> int:
        return len(self.rows)


def columns(session: Session, event: Event) -> tuple[BoardColumn, ...]:
    """Return the score columns of an event, in its order."""
    return tuple(
        BoardColumn(score.name, score.name, score.score_type.is_lower_the_better, score.is_official)
        for score in event.score_types
    )


def kind_columns(session: Session, event: Event) -> tuple[BoardColumn, ...]:
    """Return the same with labels that say `mean` where the event shows the means of the folds."""
    found = columns(session, event)
    if event.score_kind == ScoreKind.bag:
        return found
    return tuple(replace(column, label=f"{column.label} {event.score_kind}") for column in found)


def public_board(session: Session, *, event: Event, viewer: User | None, now: datetime) -> Board:
    """Return the board of validation scores, bagged or the means of the folds as the event has it.

    Ranked by the official score; ties by time of submission, the earlier first; what has no score comes last.
    """
    facts = _Facts(session, event, viewer, now)
    valid = f"valid_{event.score_kind}"
    ranked = facts.ranked(valid)
    rows = [
        facts.row(
            rank,
            submission,
            tuple(score_cell(score, facts.value(submission, score, valid)) for score in facts.score_types),
        )
        for rank, submission in enumerate(ranked, start=1)
    ]
    return facts.board(kind_columns(session, event), rows)


def private_board(session: Session, *, event: Event, viewer: User | None, now: datetime) -> Board:
    """Return the board of test scores; for the official one also validation, the other kind and the deviation.

    Raises
    ------
    Forbidden
        Before the event closes, for all but those who run it.
    """
    if not access.can_see_private_board(session, viewer, event, now):
        raise Forbidden("Test scores are shown when the event has closed.")
    facts = _Facts(session, event, viewer, now)
    public_rank = {
        row.id: rank for rank, row in enumerate(facts.ranked(f"valid_{event.score_kind}"), start=1)
    }
    rows = []
    for rank, submission in enumerate(facts.ranked(f"test_{event.score_kind}"), start=1):
        move = public_rank[submission.id] - rank
        row = facts.row(rank, submission, facts.private_cells(submission))
        rows.append(replace(row, move=move))
    official = facts.official
    direction = official.score_type.is_lower_the_better
    extra = tuple(
        BoardColumn(
            f"{official.name} {word}", f"{official.name} {word}", None if word == "std" else direction, False
        )
        for word in facts.private_words
    )
    return facts.board(kind_columns(session, event) + extra, rows)


class _Facts:
    """All a board needs to know of an event, read at once."""

    def __init__(self, session: Session, event: Event, viewer: User | None, now: datetime):
        self.event, self.score_types = event, event.score_types
        self.official: EventScoreType = event.official_score
        self._is_event_admin = access.is_event_admin(session, viewer, event)
        own = access.event_team_of(session, event=event, user=viewer)
        self._own_id = own.id if own is not None and own.is_approved else None
        self._is_code_open = self._own_id is not None and event.is_code_open(now)
        found = session.execute(
            joins.team_and_event(select(Submission, Team.name)).where(
                EventTeam.event_id == event.id,
                Submission.state == SubmissionState.scored,
                Submission.is_valid,
            )
        ).all()
        self._team_names = {submission.id: team_name for submission, team_name in found}
        self._submissions = [submission for submission, _ in found]
        self._percent, self._historical_percent = shares.board_percents(self._submissions)
        self._scores = _scores(session, event)
        self._times = _times(session, event)
        self._has_contributivity = any(submission.contributivity for submission in self._submissions)

    @property
    def private_words(self) -> tuple[str, ...]:
        """What the private board adds for the official score, by the last word of the column."""
        return "public", "mean" if self.event.score_kind == ScoreKind.bag else "bag", "std"

    def value(self, submission: Submission, score: EventScoreType, kind: str) -> float | None:
        row = self._scores.get((submission.id, score.id))
        return None if row is None else getattr(row, kind)

    def ranked(self, kind: str) -> list[Submission]:
        is_lower_the_better = self.official.score_type.is_lower_the_better

        def key(submission: Submission) -> RankKey:
            value = self.value(submission, self.official, kind)
            return rank_key(value, is_lower_the_better, submission.submitted_at, submission.id)

        return sorted(self._submissions, key=key)

    def private_cells(self, submission: Submission) -> tuple[ScoreCell, ...]:
        test = f"test_{self.event.score_kind}"
        cells = [score_cell(score, self.value(submission, score, test)) for score in self.score_types]
        for word in self.private_words:
            kind = f"valid_{self.event.score_kind}" if word == "public" else f"test_{word}"
            value = self.value(submission, self.official, kind)
            cells.append(score_cell(self.official, value, name=f"{self.official.name} {word}"))
        return tuple(cells)

    def row(self, rank: int, submission: Submission, cells: tuple[ScoreCell, ...]) -> BoardRow:
        is_own = submission.event_team_id == self._own_id
        is_readable = is_own or self._is_event_admin or self._is_code_open
        train_time_s, valid_time_s = self._times.get(submission.id, (None, None))
        return BoardRow(
            rank=rank,
            team_name=self._team_names[submission.id],
            name=submission.name,
            slug=submission.slug if is_readable else None,
            cells=cells,
            contributivity=self._percent[submission.id],
            historical_contributivity=self._historical_percent[submission.id],
            share=submission.contributivity,
            historical_share=submission.historical_contributivity,
            train_time_s=shown_time_s(train_time_s),
            valid_time_s=shown_time_s(valid_time_s),
            submitted_at=submission.submitted_at,
            is_own=is_own,
        )

    def board(self, board_columns: tuple[BoardColumn, ...], rows: list[BoardRow]) -> Board:
        marked = mark_best(board_columns, [row.cells for row in rows])
        with_marks = tuple(replace(row, cells=cells) for row, cells in zip(rows, marked, strict=True))
        return Board(board_columns, with_marks, self._has_contributivity, self.event.score_kind)


def mark_best(
    board_columns: Sequence[BoardColumn], cells_by_row: list[tuple[ScoreCell, ...]]
) -> list[tuple[ScoreCell, ...]]:
    """Return the cells with the best of each column marked, by the text that is shown."""
    best: list[float | None] = []
    for place, column in enumerate(board_columns):
        values = [value for cells in cells_by_row if (value := cells[place].value) is not None]
        if column.is_lower_the_better is None or not values:
            best.append(None)
        else:
            best.append(min(values) if column.is_lower_the_better else max(values))
    return [
        tuple(
            replace(cell, is_best=best[i] is not None and cell.value == best[i]) for i, cell in enumerate(row)
        )
        for row in cells_by_row
    ]


def _scores(session: Session, event: Event) -> dict[tuple[int, int], SubmissionScore]:
    query = select(SubmissionScore).join(EventScoreType).where(EventScoreType.event_id == event.id)
    return {(row.submission_id, row.event_score_type_id): row for row in session.scalars(query)}


def _times(session: Session, event: Event) -> dict[int, tuple[float | None, float | None]]:
    """Return training and validation time of each submission, in seconds, summed over folds."""
    times = select(
        SubmissionFold.submission_id,
        func.sum(SubmissionFold.train_time_s),
        func.sum(SubmissionFold.valid_time_s),
    ).join(Submission)
    query = (
        joins.event_team(times).where(EventTeam.event_id == event.id).group_by(SubmissionFold.submission_id)
    )
    return {submission_id: (train_s, valid_s) for submission_id, train_s, valid_s in session.execute(query)}
