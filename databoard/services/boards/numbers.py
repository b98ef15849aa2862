"""Which numbers each board shows, and how a row is computed from results. Called by `rows` and by queries."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.models import (
    Event,
    EventScoreType,
    EventTeam,
    Submission,
    SubmissionFold,
    SubmissionScore,
    Team,
)
from databoard.scoring.ranking import signed_key
from databoard.scoring.shown_digits import shown_score, shown_time_s
from databoard.services.base import joins
from databoard.states import BoardKind, ScoreKind

#: The columns of a stored row, by name.
Values = dict[str, object]
#: The numbers of one score of a submission, by the name of their column.
Numbers = Mapping[Any, Any]
#: Those of one submission, by the id of the event score type.
Scores = Mapping[int, Numbers]


@dataclass(frozen=True)
class Number:
    """A number that a board shows: a column of `SubmissionScore`, of one score type of the event."""

    score: EventScoreType
    column: str

    @property
    def is_lower_the_better(self) -> bool | None:
        """Which direction is better; None for a deviation."""
        return None if self.column.endswith("_std") else self.score.score_type.is_lower_the_better

    def of(self, scores: Scores) -> float | None:
        """Return the exact number of a submission; None when there is none."""
        value: float | None = scores.get(self.score.id, {}).get(self.column)
        return None if value is None or math.isnan(value) else value


def numbers(event: Event, board: BoardKind) -> tuple[Number, ...]:
    """Return the numbers of a board in the order of its columns.

    The private board adds three numbers of the official score: its validation score, the other kind of its test
    score, and its deviation over folds.
    """
    kind, official = event.score_kind, event.official_score
    if board is BoardKind.public:
        return tuple(Number(score, f"valid_{kind}") for score in event.score_types)
    other = ScoreKind.mean if kind is ScoreKind.bag else ScoreKind.bag
    added = (f"valid_{kind}", f"test_{other}", "test_std")
    return (
        *(Number(score, f"test_{kind}") for score in event.score_types),
        *(Number(official, column) for column in added),
    )


def ranking_number(event: Event, board: BoardKind) -> Number:
    """Return the number that ranks on a board."""
    part = "valid" if board is BoardKind.public else "test"
    return Number(event.official_score, f"{part}_{event.score_kind}")


def computed(session: Session, event: Event, submission_ids: Collection[int]) -> dict[int, Values]:
    """Return by submission the stored row as results have it now; what no board shows is left out.

    Whole percents depend on all rows, and stay with `rows`.
    """
    columns = (
        Submission.id,
        Submission.name,
        Submission.slug,
        Submission.submitted_at,
        Submission.contributivity,
        Submission.historical_contributivity,
    )
    query = joins.team_and_event(
        select(
            *columns, EventTeam.event_id, EventTeam.id.label("event_team_id"), Team.name.label("team_name")
        )
    ).where(
        EventTeam.event_id == event.id,
        Submission.id.in_(submission_ids),
        Submission.is_on_boards(),
        Submission.is_valid,
    )
    found: dict[int, Values] = {row.id: dict(row._mapping) for row in session.execute(query)}
    scores, times = _scores(session, submission_ids), _times(session, submission_ids)
    for submission_id, row in found.items():
        row["submission_id"] = row.pop("id")
        row.update(times.get(submission_id, dict.fromkeys(("train_time_s", "valid_time_s"))))
        for board in BoardKind:
            row.update(_of_board(event, board, scores.get(submission_id, {})))
    return found


def _of_board(event: Event, board: BoardKind, scores: Scores) -> Values:
    ranking = ranking_number(event, board)
    shown = [shown_score(number.of(scores), number.score.precision) for number in numbers(event, board)]
    return {
        f"{board}_key": signed_key(ranking.of(scores), ranking.score.score_type.is_lower_the_better),
        f"{board}_values": shown,
    }


def _scores(session: Session, submission_ids: Collection[int]) -> dict[int, dict[int, Numbers]]:
    table = SubmissionScore
    columns = [
        getattr(table, f"{part}_{what}") for part in ("valid", "test") for what in ("bag", "mean", "std")
    ]
    query = select(table.submission_id, table.event_score_type_id, *columns)
    found: dict[int, dict[int, Numbers]] = {}
    for row in session.execute(query.where(table.submission_id.in_(submission_ids))):
        found.setdefault(row.submission_id, {})[row.event_score_type_id] = row._mapping
    return found


def _times(session: Session, submission_ids: Collection[int]) -> dict[int, Values]:
    """Return training and validation time of each submission in seconds, summed over folds."""
    query = (
        select(
            SubmissionFold.submission_id,
            func.sum(SubmissionFold.train_time_s),
            func.sum(SubmissionFold.valid_time_s),
        )
        .where(SubmissionFold.submission_id.in_(submission_ids))
        .group_by(SubmissionFold.submission_id)
    )
    return {
        submission_id: {"train_time_s": shown_time_s(train_s), "valid_time_s": shown_time_s(valid_s)}
        for submission_id, train_s, valid_s in session.execute(query)
    }
