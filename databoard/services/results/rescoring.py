"""Score the submissions of an event again from stored predictions: list them, show what changes, write it.

Called by `ops.rescoring`, which computes between :func:`scored` and :func:`apply`. Nobody's code runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isclose
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import Event, EventScoreType, EventTeam, Job, Submission, SubmissionScore, Team
from databoard.scoring.ranking import RankKey, rank_key
from databoard.services.base import audit, joins
from databoard.services.base.database import begin_writing
from databoard.services.events import ensembles, events
from databoard.services.queue import jobs
from databoard.services.results import replacement
from databoard.services.results.score_columns import finite
from databoard.services.submissions import endings
from databoard.states import ErrorCode, JobState, ScoreKind

if TYPE_CHECKING:
    from databoard.scoring.folds import SubmissionScores
    from databoard.services.results.replacement import ScoreSettings

#: One run of a submission: its id and its predictions key.
Key = tuple[int, str]


@dataclass(frozen=True)
class ScoredSubmission:
    """A scored submission as it was read.

    Attributes
    ----------
    key : tuple of (submission id, predictions key)
        Names one run of it.
    is_ranked : bool
        Whether boards show it.
    values : dict of shown score name to dict of ScoreKind to float or None
        The numbers that boards show.
    """

    key: Key
    team_name: str
    name: str
    submitted_at: datetime
    is_ranked: bool
    values: dict[str, dict[str, float | None]]

    def value(self, name: str | None, kind: str) -> float | None:
        """Return one number that boards show; None when there is none."""
        return None if name is None else self.values.get(name, {}).get(kind)


@dataclass(frozen=True)
class Standing:
    """How an event stands.

    Attributes
    ----------
    official : str
        Shown name of its official score.
    names : tuple of (shown name, name in the kit)
    score_kind : str
        Which number of a score ranks: that of the bag, or the mean of the folds.
    """

    official: str
    is_lower_the_better: bool
    names: tuple[tuple[str, str], ...]
    score_kind: str
    submissions: tuple[ScoredSubmission, ...]


@dataclass(frozen=True)
class Unchanged:
    """Why a submission keeps its old scores."""

    reason: str


@dataclass(frozen=True)
class RankChange:
    """A submission whose rank or official score changes; `None` where there is none."""

    rank_before: int | None
    rank_after: int | None
    team: str
    submission: str
    score_before: float | None
    score_after: float | None


@dataclass(frozen=True)
class Applied:
    """What was written.

    Attributes
    ----------
    missing : tuple of ScoredSubmission
        Scored meanwhile and without a result: nothing was written.
    n_replaced : int
        Submissions with other scores than before, or of another version.
    n_restarted : int
        Submissions that ran and start again, because their scores would have been of the old version.
    """

    missing: tuple[ScoredSubmission, ...] = ()
    n_replaced: int = 0
    n_restarted: int = 0


Results = Mapping[tuple[int, str], "SubmissionScores | Unchanged"]


def standing(session: Session, event: Event, *, is_locked: bool = False) -> Standing:
    """Return how an event stands; with `is_locked` its scored submissions stay as they are in this transaction."""
    found = (
        joins.team_and_event(select(Submission, Team.name))
        .where(EventTeam.event_id == event.id, Submission.is_on_boards())
        .order_by(Submission.id)
        .execution_options(populate_existing=True)
    )
    rows = session.execute(found.with_for_update(of=Submission) if is_locked else found).all()
    scores = session.execute(
        select(SubmissionScore, EventScoreType.name)
        .join(EventScoreType)
        .where(EventScoreType.event_id == event.id)
        .execution_options(populate_existing=True)
    )
    values: dict[int, dict[str, dict[str, float | None]]] = {submission.id: {} for submission, _ in rows}
    for row, name in scores:
        by_kind: dict[str, float | None] = {kind: getattr(row, f"valid_{kind}") for kind in ScoreKind}
        values.setdefault(row.submission_id, {})[name] = by_kind
    official = event.official_score
    return Standing(
        official.name,
        official.score_type.is_lower_the_better,
        tuple((row.name, row.kit_name) for row in event.score_types),
        event.score_kind,
        tuple(_scored(submission, team_name, values[submission.id]) for submission, team_name in rows),
    )


def rank_changes(before: Standing, settings: "ScoreSettings", results: Results) -> list[RankChange]:
    """Return which submissions change rank or official score, in their new order."""
    official, kind = settings.official, settings.kit.score_kind
    place = replacement.carried(before.names, settings.scores).get(official.name)
    old_name = None if place is None else before.names[place][0]

    def value_after(one: ScoredSubmission) -> float | None:
        result = results[one.key]
        if isinstance(result, Unchanged):
            return one.value(old_name, kind)
        return finite(getattr(result.summary[official.name], f"valid_{kind}"))

    old = {one.key: one.value(before.official, before.score_kind) for one in before.submissions}
    new = {one.key: value_after(one) for one in before.submissions}
    ranked = [one for one in before.submissions if one.is_ranked]
    old_ranks = _ranks(ranked, old, before.is_lower_the_better)
    new_ranks = _ranks(ranked, new, settings.is_lower_the_better)
    return [
        RankChange(
            old_ranks.get(one.key),
            new_ranks.get(one.key),
            one.team_name,
            one.name,
            old[one.key],
            new[one.key],
        )
        for one in sorted(before.submissions, key=lambda one: new_ranks.get(one.key, len(new) + 1))
        if old_ranks.get(one.key) != new_ranks.get(one.key) or not _is_same(old[one.key], new[one.key])
    ]


def apply(
    session: Session, *, event_name: str, settings: "ScoreSettings", results: Results, now: datetime
) -> Applied:
    """Replace settings and scores of an event, all or nothing; the old scores are kept as superseded.

    The caller checks, before it commits, that `settings` are still those of the kit.

    Raises
    ------
    Conflict
        If the problem's workflow has changed, or another problem still needs the old definition of a score type.
    """
    begin_writing(session)
    event = events.event_by_name(session, event_name)
    _lock_jobs(session, event)
    session.refresh(event, with_for_update=True)
    before = standing(session, event, is_locked=True)
    missing = tuple(one for one in before.submissions if one.key not in results)
    if missing:
        return Applied(missing)
    old_version = event.score_version
    there = {one.key[0]: results[one.key] for one in before.submissions}
    n_replaced = replacement.replace_scores(session, event, settings, there, now=now)
    is_changed = event.score_version != old_version
    n_restarted = _restart_running(session, event, now) if is_changed else 0
    if n_replaced or is_changed:
        ensembles.request_blending(session, event.id)
        _audit(session, event, there, n_replaced, now)
    session.flush()
    session.expire_all()
    return Applied((), n_replaced, n_restarted)


def _scored(
    submission: Submission, team_name: str, values: dict[str, dict[str, float | None]]
) -> ScoredSubmission:
    return ScoredSubmission(
        key=(submission.id, submission.predictions_key),
        team_name=team_name,
        name=submission.name,
        submitted_at=submission.submitted_at,
        is_ranked=submission.is_valid,
        values=values,
    )


def _ranks(
    submissions: Iterable[ScoredSubmission], values: dict[Key, float | None], is_lower_the_better: bool
) -> dict[Key, int]:
    """Return ranks by key as the leaderboard orders."""

    def order(one: ScoredSubmission) -> RankKey:
        return rank_key(values[one.key], is_lower_the_better, one.submitted_at, one.key[0])

    return {one.key: rank for rank, one in enumerate(sorted(submissions, key=order), start=1)}


def _is_same(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is new
    # Another version of a library adds in another order.
    return isclose(old, new, rel_tol=1e-9, abs_tol=1e-12)


def _lock_jobs(session: Session, event: Event) -> None:
    """Before the event, and that before any row of a submission: a worker locks in this order too."""
    for each in sorted(event.problem.events, key=lambda each: each.id):
        jobs.lock_pending_of_event(session, each)


def _restart_running(session: Session, event: Event, now: datetime) -> int:
    """Hand back what runs: its worker holds the old settings, and the kit as it was. Return how many."""
    event_ids = [each.id for each in event.problem.events]
    running = session.scalars(
        joins.event_team(joins.submission_of_job(select(Job)))
        .where(EventTeam.event_id.in_(event_ids), Job.state == JobState.started)
        .order_by(Job.id)
        .with_for_update(of=Job)
        .execution_options(populate_existing=True)
    ).all()
    for job in running:
        log = f"{event.name} was rescored meanwhile; the submission starts again."
        jobs.hand_back(session, job, code=ErrorCode.cancelled, log=log, now=now, is_counted=False)
        endings.return_to_queue(job.submission)
    return len(running)


def _audit(
    session: Session, event: Event, results: Mapping[int, object], n_replaced: int, now: datetime
) -> None:
    detail = {
        "version": event.score_version,
        "official": event.official_score.name,
        "n_replaced": n_replaced,
        "n_kept": sum(isinstance(result, Unchanged) for result in results.values()),
    }
    audit.record_on(session, event, "rescore", actor=None, now=now, **detail)
