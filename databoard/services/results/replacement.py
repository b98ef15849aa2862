"""Replace the score types and scores of an event; what is replaced becomes superseded. Called by `rescoring`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeGuard

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from databoard.models import (
    CVFold,
    Event,
    EventScoreType,
    ScoreType,
    SubmissionFold,
    SubmissionFoldScore,
    SubmissionScore,
    SupersededScore,
)
from databoard.services.boards import rows as boards
from databoard.services.events import catalogue
from databoard.services.results.score_columns import fold_columns, numbers, summary_columns
from databoard.states import ScoreKind

if TYPE_CHECKING:
    from databoard.kits import EventScore, Kit, ScoreTypeFacts
    from databoard.scoring.folds import SubmissionScores


#: Submissions written by one statement: a database takes so many variables and no more.
_AT_ONCE = 500


@dataclass(frozen=True)
class ScoreSettings:
    """What a kit says now of the scores of one event."""

    kit: "Kit"
    scores: "tuple[EventScore, ...]"

    @property
    def official(self) -> "EventScore":
        return next(score for score in self.scores if score.is_official)

    @property
    def is_lower_the_better(self) -> bool:
        return self.facts[self.official.score_type].is_lower_the_better

    @property
    def facts(self) -> "dict[str, ScoreTypeFacts]":
        return {facts.name: facts for facts in self.kit.score_types}


def carried(old: Sequence[tuple[str, str]], new: "Sequence[EventScore]") -> dict[str, int]:
    """Return which old score each new one continues: that of the same score of the kit, best of the same name.

    Parameters
    ----------
    old : sequence of (shown name, name in the kit)

    Returns
    -------
    dict of new shown name to place in `old`; scores that are new are left out
    """
    found: dict[str, int] = {}
    for is_named_so in (True, False):
        for score in new:
            for place, (name, kit_name) in enumerate(old):
                is_it = kit_name == score.score_type and (name == score.name or not is_named_so)
                if is_it and score.name not in found and place not in found.values():
                    found[score.name] = place
    return found


def replace_scores(
    session: Session, event: Event, settings: ScoreSettings, results: Mapping[int, object], *, now: datetime
) -> int:
    """Write new score types, and the scores of each submission that has new ones; return how many changed.

    Parameters
    ----------
    results : dict of submission id to SubmissionScores
        Any other value: the submission keeps its scores, as far as the event still has them.
    """
    old = _old_scores(session, event)
    rows = _replace_score_types(session, event, settings)
    catalogue.refresh_problem(session, event.problem, settings.kit)
    event.score_kind = ScoreKind(settings.kit.score_kind)
    kept_types = {row.id for row in rows.values()}
    changed: dict[int, SubmissionScores] = {}
    for submission_id, result in results.items():
        scores = old.get(submission_id, [])
        if not _is_scored(result):
            session.add_all(_superseded(row, name, digits, now) for row, name, digits in scores
                            if row.event_score_type_id not in kept_types)  # fmt: skip
        elif _columns(event, rows, result) != {row.event_score_type_id: _content(row) for row, *_ in scores}:
            session.add_all(_superseded(row, name, digits, now) for row, name, digits in scores)
            changed[submission_id] = result
    session.flush()
    ids = list(changed)
    for first in range(0, len(ids), _AT_ONCE):
        _write(session, event, rows, {i: changed[i] for i in ids[first : first + _AT_ONCE]})
    boards.refresh_all(session, event)
    return len(changed)


def _is_scored(result: object) -> "TypeGuard[SubmissionScores]":
    return hasattr(result, "summary")  # a class of the scorer, which this process does not load


def _old_scores(session: Session, event: Event) -> dict[int, list[tuple[SubmissionScore, str, int]]]:
    """Return by submission its scores, each with the name and digits that the event shows it with."""
    query = (
        select(SubmissionScore, EventScoreType.name, EventScoreType.precision)
        .join(EventScoreType)
        .where(EventScoreType.event_id == event.id)
        .order_by(EventScoreType.position)
        .execution_options(populate_existing=True)
    )
    old: dict[int, list[tuple[SubmissionScore, str, int]]] = {}
    for row, name, precision in session.execute(query):
        session.expunge(row)  # some of them go with their score type
        old.setdefault(row.submission_id, []).append((row, name, precision))
    return old


def _superseded(row: SubmissionScore, name: str, precision: int, now: datetime) -> SupersededScore:
    details = numbers(row)
    return SupersededScore(
        submission_id=row.submission_id,
        name=name,
        version=row.version,
        valid_bag=details.pop("valid_bag"),
        test_bag=details.pop("test_bag"),
        details=details | {"precision": precision},
        replaced_at=now,
    )


def _content(row: SubmissionScore) -> dict[str, object]:
    return numbers(row) | {"version": row.version}


def _columns(
    event: Event, rows: dict[str, EventScoreType], scores: "SubmissionScores"
) -> dict[int, dict[str, object]]:
    """Return the new scores of a submission by the id of their event score type, as :func:`_content` does."""
    version = event.score_version
    return {
        rows[name].id: summary_columns(summary) | {"version": version}
        for name, summary in scores.summary.items()
    }


def _write(
    session: Session, event: Event, rows: dict[str, EventScoreType], results: "dict[int, SubmissionScores]"
) -> None:
    ids = list(results)
    of_these = select(SubmissionFold.id).where(SubmissionFold.submission_id.in_(ids))
    folds = session.execute(
        of_these.add_columns(SubmissionFold.submission_id, CVFold.number).join(CVFold)
    ).all()
    for model, column, found in (
        (SubmissionScore, SubmissionScore.submission_id, ids),
        (SubmissionFoldScore, SubmissionFoldScore.submission_fold_id, of_these),
    ):
        session.execute(delete(model).where(column.in_(found)).execution_options(synchronize_session=False))
    session.execute(insert(SubmissionScore), [
        {"submission_id": submission_id, "event_score_type_id": type_id, **columns}
        for submission_id, scores in results.items()
        for type_id, columns in _columns(event, rows, scores).items()
    ])  # fmt: skip
    session.execute(insert(SubmissionFoldScore), [
        {"submission_fold_id": fold_id, "event_score_type_id": rows[name].id, **fold_columns(scores)}
        for fold_id, submission_id, number in folds
        for name, scores in results[submission_id].by_fold[number].items()
    ])  # fmt: skip


def _replace_score_types(
    session: Session, event: Event, settings: ScoreSettings
) -> dict[str, EventScoreType]:
    """Make the event's score types those of the settings; a score that goes on keeps its row."""
    old = list(event.score_types)
    places = carried([(row.name, row.kit_name) for row in old], settings.scores)
    for place, row in enumerate(old):  # names and positions are unique at every moment
        row.name, row.position = f"~{row.id}", -1 - place
    session.flush()
    rows = {}
    for position, score in enumerate(settings.scores):
        row = old[places[score.name]] if score.name in places else EventScoreType()
        row.score_type = _score_type(session, event, settings.facts[score.score_type])
        row.name, row.kit_name, row.precision = score.name, score.score_type, score.precision
        row.position, row.is_official = position, score.is_official
        rows[score.name] = row
    event.score_types = list(rows.values())
    session.flush()
    return rows


def _score_type(session: Session, event: Event, facts: "ScoreTypeFacts") -> ScoreType:
    """Return the row of a kit's score type; other bounds are taken over while no other problem uses it."""
    with session.no_autoflush:
        row = catalogue.conflicting_score_type(session, facts)
        if row is None or _has_other_problem(session, event, row):
            return catalogue.register_score_type(session, facts, kit_name=event.problem.name)
        row.is_lower_the_better, row.minimum, row.maximum = (
            facts.is_lower_the_better,
            facts.minimum,
            facts.maximum,
        )
        return row


def _has_other_problem(session: Session, event: Event, row: ScoreType) -> bool:
    others = select(EventScoreType.id).join(Event).where(
        EventScoreType.score_type_id == row.id, Event.problem_id != event.problem_id
    )  # fmt: skip
    return session.scalar(others.limit(1)) is not None
