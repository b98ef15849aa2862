"""A worker that is killed, freezes or is told to go: nothing is stranded, nothing is written twice."""

import os
import signal
import time
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from databoard.models import Job, SubmissionScore
from databoard.services.base.database import begin_writing, transaction
from databoard.services.events import events
from databoard.services.submissions import control
from databoard.services.submissions.selection import JobFilter
from databoard.states import ErrorCode, JobState, SubmissionState
from tests.walk.jobs import (
    ENDLESS,
    HONEST,
    LOGISTIC,
    PATIENCE_S,
    SLOW,
    is_final,
    is_training,
    on_sqlite,
    processes_below,
    worker,
)


def test_a_killed_worker_strands_nothing_and_its_submission_is_scored_once(
    environment, hand_in, wait_for, sessions, home
):
    submission_id = hand_in(SLOW, "slow_one")
    with worker(environment) as first:
        wait_for(submission_id, is_training)
        time.sleep(1)  # a jail is running by now
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    with worker(environment):
        assert wait_for(submission_id, is_final).state is SubmissionState.scored
    with transaction(sessions) as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.n_attempts) == (JobState.success, 2)
        assert [a.error_code for a in job.attempts] == [ErrorCode.worker_lost, None]
        assert len(session.scalars(select(SubmissionScore)).all()) == 4
    assert processes_below(home) == []


@on_sqlite
def test_what_is_scored_is_blended_though_the_worker_that_blends_is_killed(
    shipped, hand_in, wait_for, sessions, home
):
    submission_id = hand_in(LOGISTIC, "logistic")
    with worker(shipped) as first:  # its blending takes a second to start, time enough to be killed in it
        wait_until(sessions, lambda event: event.ensemble_claimed_at)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    with worker(shipped):
        event = wait_until(sessions, lambda event: event.n_ensemble_recorded == 1)
    assert (event.n_ensemble_changes, event.ensemble_claimed_at) == (1, None)
    assert wait_for(submission_id, is_final).contributivity == 1.0
    assert processes_below(home) == []


def wait_until(sessions, is_there):
    """Wait for something of the event; return it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with transaction(sessions) as session:
            event = events.event_by_name(session, "iris_test")
            if is_there(event):
                return event
        time.sleep(0.05)
    raise AssertionError(f"not there after {PATIENCE_S} s")


#: What blending leaves alone.
RESULTS = ("submission_fold_scores", "submission_scores", "jobs", "job_attempts")


def freeze(process, sessions):
    """Stop a worker in the middle of whatever it does, but while it holds no lock of the database."""
    with sessions() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        while True:
            os.kill(process.pid, signal.SIGSTOP)
            try:
                session.execute(text("PRAGMA busy_timeout = 0" if is_sqlite else "SET lock_timeout = 100"))
                begin_writing(session)
                session.scalars(select(Job).with_for_update()).all()
                return
            except OperationalError:
                os.kill(process.pid, signal.SIGCONT)
                time.sleep(0.05)
            finally:
                session.rollback()
                session.execute(text("PRAGMA busy_timeout = 30000" if is_sqlite else "RESET lock_timeout"))
                session.commit()


@on_sqlite
def test_a_worker_that_froze_writes_nothing_of_a_job_that_was_cancelled_meanwhile(
    environment, hand_in, wait_for, sessions, rows_of
):
    submission_id = hand_in(SLOW, "slow_one")
    with worker(environment) as process:
        wait_for(submission_id, is_training)
        freeze(process, sessions)
        with transaction(sessions) as session:
            control.cancel(session, JobFilter(team="owls"), actor=None, now=datetime.now(UTC))
        before = rows_of(submission_id)
        time.sleep(5)  # both folds are trained by now
        os.kill(process.pid, signal.SIGCONT)
        honest = hand_in(HONEST, "honest")
        assert wait_for(honest, is_final).state is SubmissionState.scored
    assert rows_of(submission_id) == before
    assert [len(before[table]) for table in ("submission_scores", "submission_fold_scores")] == [0, 0]


@on_sqlite
def test_a_worker_that_froze_writes_nothing_of_a_job_that_another_has_done(
    environment, hand_in, wait_for, sessions, rows_of
):
    submission_id = hand_in(SLOW, "slow_one")
    with worker(environment) as frozen:
        wait_for(submission_id, is_training)
        freeze(frozen, sessions)
        with worker(environment):
            assert wait_for(submission_id, is_final).state is SubmissionState.scored
        before = rows_of(submission_id)
        os.kill(frozen.pid, signal.SIGCONT)
        honest = hand_in(HONEST, "honest")
        assert wait_for(honest, is_final).state is SubmissionState.scored
    after = rows_of(submission_id)
    assert {table: after[table] for table in RESULTS} == {table: before[table] for table in RESULTS}
    assert [len(before[table]) for table in ("submission_scores", "submission_fold_scores")] == [4, 2 * 4]


@on_sqlite
def test_a_worker_told_twice_to_stop_hands_its_job_back_uncounted(environment, hand_in, wait_for, sessions):
    submission_id = hand_in(ENDLESS, "endless")
    with worker(environment) as process:
        wait_for(submission_id, is_training)
        process.terminate()
        time.sleep(0.5)
        process.terminate()
        assert process.wait(20) == 0
    with transaction(sessions) as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.n_attempts) == (JobState.waiting, 0)
        assert job.submission.state is SubmissionState.new
