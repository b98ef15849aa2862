"""The walk of a submission through real parts: real database, real worker process, real jail."""

import shutil
import subprocess
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from databoard.models import EnsembleScore, Job, Submission, SubmissionScore
from databoard.queries import leaderboards
from databoard.queries.board_order import BoardRequest
from databoard.services.base.database import transaction
from databoard.services.events import events
from databoard.services.submissions import control
from databoard.services.submissions.selection import JobFilter
from databoard.states import BoardKind, ErrorCode, JobStep, SubmissionState
from tests.walk.jobs import (
    ENDLESS,
    HONEST,
    LOGISTIC,
    PATIENCE_S,
    fab,
    in_fit,
    is_final,
    is_training,
    on_sqlite,
    worker,
)

WRONG_SHAPE = HONEST.replace("return near / near.sum(axis=1, keepdims=True)", "return near[:, 0]")


def test_a_submission_is_scored_and_stands_on_the_leaderboard(shipped, hand_in, wait_for, sessions):
    submission_id = hand_in(LOGISTIC, "logistic", is_checked=True)
    with worker(shipped):
        assert wait_for(submission_id, is_final).state is SubmissionState.scored
    with transaction(sessions) as session:
        event = events.event_by_name(session, "iris_test")
        board = leaderboards.page(session, event=event, kind=BoardKind.public, request=BoardRequest())
    assert [(row.rank, row.team_name, row.name, row.cells[0].text) for row in board.rows] == [
        (1, "owls", "logistic", "0.88")
    ]  # the same fit and folds in plain scikit-learn: 0.8810


@on_sqlite
def test_broken_submissions_end_with_words_and_the_next_is_scored(environment, hand_in, wait_for):
    endless = hand_in(ENDLESS, "endless", wall_time_limit_s=6)
    shape = hand_in(WRONG_SHAPE, "wrong_shape", team="charlie", wall_time_limit_s=6)
    honest = hand_in(HONEST, "honest", wall_time_limit_s=6)
    with worker(environment):
        row = wait_for(endless, is_final)
        assert (row.state, row.error_code) == (SubmissionState.training_error, ErrorCode.timeout)
        row = wait_for(shape, is_final)
        assert (row.state, row.error_code) == (SubmissionState.validating_error, ErrorCode.bad_output)
        assert "(120, 3)" in row.error_message and "(120,)" in row.error_message
        assert wait_for(honest, is_final).state is SubmissionState.scored


@on_sqlite
def test_a_broken_submission_is_refused_while_another_trains(environment, hand_in, wait_for, sessions):
    endless = hand_in(ENDLESS, "endless")
    with worker(environment) as process:
        wait_for(endless, is_training)
        broken = hand_in(HONEST.replace("- self.centres", "- self.centers"), "broken", is_checked=True)
        row = wait_for(broken, is_final)
        assert (row.state, row.error_code) == (SubmissionState.checking_error, ErrorCode.validating_error)
        assert "no attribute 'centers'" in row.error_message and "line 11" in row.error_message
        process.terminate()  # twice: the endless one goes back to the queue
        time.sleep(0.5)
    with transaction(sessions) as session:
        assert session.get(Submission, endless).is_pending


@on_sqlite
def test_a_cancelled_submission_leaves_no_process_within_seconds(environment, hand_in, wait_for, sessions):
    child = 'import subprocess; subprocess.run(["sleep", "3657.25"])'
    submission_id = hand_in(ENDLESS.replace("time.sleep(3600)", child), "endless")
    with worker(environment):
        wait_until_sleepers(lambda n: n == 2)
        with transaction(sessions) as session:
            control.cancel(session, JobFilter(team="owls"), actor=None, now=datetime.now(UTC))
        wait_until_sleepers(lambda n: n == 0, within_s=10)
        honest = hand_in(HONEST, "honest")
        assert wait_for(honest, is_final).state is SubmissionState.scored
    with transaction(sessions) as session:
        assert session.get(Submission, submission_id).state is SubmissionState.cancelled


def wait_until_sleepers(is_right, within_s=PATIENCE_S):
    """Wait until the number of processes that the submission started is right."""
    deadline = time.monotonic() + within_s
    while True:
        found = subprocess.run(["pgrep", "-fc", "^sleep 3657"], capture_output=True, text=True).stdout
        if is_right(int(found)):
            return
        assert time.monotonic() < deadline, f"{found} of them after {within_s} s"
        time.sleep(0.1)


NAP = in_fit("time.sleep(1.5)")


@on_sqlite
def test_a_flood_of_one_team_lets_the_next_team_in_and_is_cancelled_alone(
    environment, hand_in, wait_for, sessions, rows_of
):
    flood = [hand_in(NAP, f"flood-{number:02d}") for number in range(50)]
    with worker(environment):
        wait_for(flood[0], is_training)
        other = hand_in(NAP, "only_one", team="charlie")
        submitted_at = datetime.now(UTC)
        started_at = wait_for(other, lambda row: row.training_started_at).training_started_at
        with transaction(sessions) as session:
            assert started_between(session, flood, submitted_at, started_at) == []
            control_rows = control.cancel(session, JobFilter(team="owls"), actor=None, now=datetime.now(UTC))
        assert len(control_rows) >= 40 and {row.team for row in control_rows} == {"owls"}
        assert wait_for(other, is_final).state is SubmissionState.scored
    assert [attempt.outcome for attempt in rows_of(other)["job_attempts"]] == ["success"]
    with transaction(sessions) as session:
        ends = [session.get(Submission, row).state for row in flood]
        assert set(ends) <= {SubmissionState.cancelled, SubmissionState.scored}
        assert ends.count(SubmissionState.cancelled) == len(control_rows)


def started_between(session, submission_ids, after, before):
    """Return which of these jobs a worker took within a span of time."""
    query = select(Job.id).where(Job.submission_id.in_(submission_ids), Job.started_at.between(after, before))
    return session.scalars(query).all()


def test_scores_are_computed_anew_from_what_was_predicted_and_nothing_is_trained(
    environment, hand_in, wait_for, sessions, rows_of, home
):
    submission_id = hand_in(HONEST, "logistic")
    with worker(environment):
        first = wait_for(submission_id, is_final)
        before, files = rows_of(submission_id), list((home / "predictions").rglob("*"))
        with transaction(sessions) as session:
            words = {"from_step": JobStep.score, "actor": None, "is_clean": True, "now": datetime.now(UTC)}
            control.rerun(session, JobFilter(submission="logistic"), **words)
            session.flush()  # asked before the worker can know: it scores again at once
            assert session.scalars(select(SubmissionScore.id)).all() == []
        second = wait_for(submission_id, is_final)
    after = rows_of(submission_id)
    assert [(row.step, row.state, row.worker) for row in after["jobs"]] == [
        ("train_test", "success", after["jobs"][0].worker),
        ("score", "success", after["jobs"][0].worker),
    ]
    for table, column in (("submission_scores", "valid_bag"), ("submission_folds", "train_time_s")):
        assert [getattr(row, column) for row in after[table]] == [
            getattr(row, column) for row in before[table]
        ]
    assert first.predictions_key == second.predictions_key
    assert list((home / "predictions").rglob("*")) == files


@on_sqlite
def test_train_test_scores_and_blends_what_waits(shipped, hand_in, sessions, home):
    ids = [hand_in(LOGISTIC, "logistic"), hand_in(LOGISTIC.replace("1000", "3"), "lazy", team="charlie")]
    assert "2 wait or run" in fab(shipped, "train_test:iris_test")
    with transaction(sessions) as session:
        shares = [session.get(Submission, row).contributivity for row in ids]
        assert sum(shares) == pytest.approx(1)
        assert len(session.scalars(select(EnsembleScore)).all()) == 2 * 4
    shutil.rmtree(home / "predictions" / f"{ids[0]:09d}")
    assert "Left out, their predictions are missing" in fab(shipped, "compute_contributivity:iris_test")
    with transaction(sessions) as session:
        assert [session.get(Submission, row).contributivity for row in ids] == [0.0, 1.0]
