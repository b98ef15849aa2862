"""Fixtures of the tests of services and queries: submit, claim, make fold runs and scores by hand."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event as sa_event

from databoard.models import EventTeam, Submission, SubmissionFold, SubmissionScore, Team
from databoard.runner import FoldRun
from databoard.scoring.folds import ScoreSummary, SubmissionScores
from databoard.services.base.database import transaction
from databoard.services.boards import rows as boards
from databoard.services.queue import jobs, workers
from databoard.services.results import recording
from databoard.services.submissions import submit
from databoard.states import JobState, JobStep, SubmissionState


@pytest.fixture
def hand_in(session, store, now):
    """Submit the sandbox of a team; without a user there is no waiting time."""

    def hand_in(event_team, name="first", *, user=None, at=now):
        row = submit.submit(session, event_team=event_team, user=user, name=name, store=store, now=at)
        row.jobs[-1].step = JobStep.train_test  # as if it had passed its check
        session.flush()
        return row

    return hand_in


@pytest.fixture
def add_ended(session, owls, store, now):
    """Submit for the owls, and give the submission a final state as if it had been trained."""

    def add_ended(name, state):
        row = submit.submit(session, event_team=owls, user=None, name=name, store=store, now=now)
        for of_job in (JobState.started, JobState.success):
            row.jobs[0].state = of_job
        is_scored = state is SubmissionState.scored
        for step in ("sent_to_training", "training", "tested", "scored") if is_scored else (state,):
            row.state = SubmissionState(step)
        session.flush()
        return row

    return add_ended


@pytest.fixture
def claim(session, now):
    """Take the next job, as a worker does."""

    def claim(at=now, worker="w1", **options):
        return jobs.claim_next(session, worker=worker, now=at, **options)

    return claim


@pytest.fixture
def add_workers(session, now):
    """Register workers that are alive."""

    def add_workers(n):
        facts = {"host": "host", "pid": 1, "engine": "local", "n_slots": 1, "jail_level": "A"}
        for number in range(n):
            workers.register(session, name=f"w{number}", now=now, **facts)

    return add_workers


@pytest.fixture
def name_of(session):
    """Name the submission of a claim."""
    return lambda claim: claim and session.get(Submission, claim.submission_id).name


@pytest.fixture
def n_queries(session):
    """Count the statements that a call sends, with nothing of it loaded before."""

    def n_queries(call):
        session.commit()
        session.expire_all()
        session.connection()  # the transaction begins, which may be a statement too
        statements = []
        engine = session.get_bind()
        count = lambda *args: statements.append(args[2])  # noqa: E731
        sa_event.listen(engine, "before_cursor_execute", count)
        call()
        sa_event.remove(engine, "before_cursor_execute", count)
        return len(statements)

    return n_queries


@pytest.fixture
def started(session, store, now, owls, hand_in, claim):
    """A submission of the owls, claimed and training: the claim."""
    hand_in(owls)
    held = claim()
    recording.start(session, held, store=store, now=now)
    session.flush()
    return held


@pytest.fixture
def add_scored(session, now):
    """Write a scored submission as if it had been trained: bagged scores by name of score."""
    return partial(write_scored, session, now)


def write_scored(session, now, event_team, name, *, minutes=0, valid=None, test=None, **columns):
    at = now + timedelta(minutes=minutes)
    columns = {"state": SubmissionState.scored, "slug": f"slug-{name}", **columns}
    row = Submission(event_team_id=event_team.id, name=name, submitted_at=at, **columns)
    session.add(row)
    for score in event_team.event.score_types:
        values = {"valid_bag": (valid or {}).get(score.name), "test_bag": (test or {}).get(score.name)}
        row.scores.append(
            SubmissionScore(event_score_type=score, valid_bags=[], test_bags=[], version="v1", **values)
        )
    for fold in event_team.event.cv_folds:
        row.folds.append(
            SubmissionFold(cv_fold=fold, state=SubmissionState.scored, train_time_s=1.5, valid_time_s=0.25)
        )
    session.flush()
    boards.refresh(session, event_team.event_id, [row.id])
    return row


def fold_run(number, state="tested", **facts):
    times = {"train_time_s": 1.5, "valid_time_s": 0.25, "test_time_s": 0.125, "cpu_time_s": 3.0}
    return FoldRun(
        number=number, state=state, log=f"log of fold {number}", **{**times, "max_rss_bytes": 2**20, **facts}
    )


def all_scores(event, value=0.75, **replaced):
    """The same number everywhere, so that a wrong column shows; `replaced` fields of the summary differ."""
    names = [score.name for score in event.score_types]
    summary = ScoreSummary(
        **{
            "valid_bag": value,
            "test_bag": value + 0.125,
            "valid_bags": (0.5, value),
            "test_bags": (0.5, value + 0.125),
            "train_mean": 1.0,
            "train_std": 0.0,
            "valid_mean": 0.625,
            "valid_std": 0.0625,
            "test_mean": 0.875,
            "test_std": 0.03125,
            **replaced,
        }
    )
    by_fold = {fold.number: dict.fromkeys(names, (1.0, 0.5, 0.25)) for fold in event.cv_folds}
    return SubmissionScores(by_fold=by_fold, summary=dict.fromkeys(names, summary))


@pytest.fixture
def runs():
    """Make the runs of both folds of iris; the first differs by `facts`."""
    return lambda state="tested", **facts: (fold_run(0, state, **facts), fold_run(1))


@pytest.fixture
def scores(iris_event):
    return partial(all_scores, iris_event)


@pytest.fixture
def at_once(sessions):
    """Call ``work(session, number)`` in `n` threads, each in a transaction of its own; return their outcomes.

    An outcome is what the work returned or the exception that it raised.
    """

    def at_once(work, n):
        outcomes, barrier = [None] * n, threading.Barrier(n)

        def run(number):
            barrier.wait()
            try:
                with transaction(sessions) as session:
                    outcomes[number] = work(session, number)
            except Exception as error:
                outcomes[number] = error

        threads = [threading.Thread(target=run, args=(number,)) for number in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    return at_once


@pytest.fixture
def team_in():
    """Find an event team by its name in another session."""
    return lambda session, name: session.query(EventTeam).join(Team).filter(Team.name == name).one()
