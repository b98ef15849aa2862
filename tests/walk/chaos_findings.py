"""What must hold when the dust has settled; each function returns what does not."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from databoard.models import (
    Event,
    EventScoreType,
    Job,
    JobAttempt,
    LeaderboardRow,
    Submission,
    SubmissionFold,
    SubmissionFoldScore,
    SubmissionScore,
)
from databoard.services.base.database import transaction
from databoard.services.boards import rows as boards
from databoard.states import RETRY_CODES
from tests.walk.chaos_stage import KINDS, S, Stage


def wrong_ends(stage: Stage) -> dict:
    """Return by name the submissions that ended otherwise than they had to."""
    rows = stage.read(select(Submission.name, Submission.state, Submission.error_code))
    assert len(rows) == stage.plan.n_jobs
    return {name: end for name, *end in rows if tuple(end) != KINDS[name.split("-")[0]][1:]}


def wrong_counts(stage: Stage) -> dict:
    """Return by name the submissions without exactly one result: of one attempt, whole or nothing."""
    folds = select(func.count(SubmissionFold.id)).where(SubmissionFold.submission_id == Submission.id)
    fold_scores = (
        select(func.count(SubmissionFoldScore.id))
        .join(SubmissionFold)
        .where(SubmissionFold.submission_id == Submission.id)
    )
    scores = select(func.count(SubmissionScore.id)).where(SubmissionScore.submission_id == Submission.id)
    counts = [query.scalar_subquery() for query in (folds, fold_scores, scores)]
    rows = stage.read(select(Submission.name, Submission.state, *counts))
    right = {True: (2, 2 * 2, 2), False: (2, 0, 0)}
    return {name: count for name, state, *count in rows if tuple(count) != right[state is S.scored]}


def wrong_histories(stage: Stage) -> dict:
    """Return by name the submissions whose attempts are not faults of the server and then one result."""
    wrong = {}
    with transaction(stage.sessions) as session:
        query = select(Submission).options(selectinload(Submission.jobs).selectinload(Job.attempts))
        for row in session.scalars(query):
            *lost, last = row.jobs[-1].attempts
            is_one = last.outcome == ("success" if row.state is S.scored else "error")
            are_lost = all(a.error_code in RETRY_CODES and a.outcome == "handed back" for a in lost)
            is_its_own = row.predictions_key == (last.lease if row.state is S.scored else "")
            if not (is_one and are_lost and is_its_own):
                wrong[row.name] = [(a.outcome, a.error_code, a.lease) for a in row.jobs[-1].attempts]
    return wrong


def overlong(stage: Stage) -> list:
    """Return the attempts that lasted longer than all folds may and a minute."""
    limit = timedelta(seconds=2 * 6 + 60)
    rows = stage.read(select(JobAttempt.id, JobAttempt.started_at, JobAttempt.ended_at))
    return [number for number, start, end in rows if end is None or end - start > limit]


def wrong_scores(stage: Stage) -> dict:
    """Return by name scores that differ from those of a plain loop over the folds, in this process."""
    query = select(Submission.name, SubmissionScore.valid_bag).join(SubmissionScore).join(EventScoreType)
    rows = stage.read(query.where(EventScoreType.name == "nll"))
    assert rows
    expected = {name: stage.score_by_hand(int(name.split("-")[1])) for name, _ in rows}
    return {name: (found, expected[name]) for name, found in rows if abs(found - expected[name]) > 1e-9}


def wrong_boards(stage: Stage) -> dict:
    """Return by event the stored values of boards that differ from those of the results."""
    with transaction(stage.sessions) as session:
        found = {event.name: boards.rebuild(session, event) for event in session.scalars(select(Event))}
        assert session.scalar(select(func.count(LeaderboardRow.id))) > 0
    return {name: differences for name, differences in found.items() if differences}


def leftovers(stage: Stage) -> list[str]:
    """Return the temporary files that are still there, and predictions that no result names."""
    named = {key for (key,) in stage.read(select(Submission.predictions_key))}
    return [
        *(str(path) for path in stage.temporary.iterdir()),
        *(str(path) for path in (stage.home / "cache" / "scratch").iterdir()),
        *(str(path) for path in stage.home.rglob(".*")),
        *(str(path) for path in stage.home.glob("predictions/*/*") if path.name not in named),
    ]
