"""What is kept for a time only: outputs of what failed or was cancelled, then jobs with their logs; nothing else."""

from datetime import timedelta

import pytest

from databoard.models import Job, JobAttempt, Submission, SubmissionFold
from databoard.ops import retention
from databoard.services.results import recording
from databoard.states import SubmissionState

S = SubmissionState
DAY = timedelta(days=1)


@pytest.fixture
def collect(session, now):
    def collect(after_days, **options):
        kept = {"keep_outputs": 30 * DAY, "keep_jobs": 180 * DAY}
        found = retention.collect(session, now=now + after_days * DAY, **kept, **options)
        session.expire_all()
        return found.n_outputs, found.n_jobs

    return collect


@pytest.fixture
def failed(session, started, runs, now):
    failed = runs("training_error", error_code="training_error", message="no", trace="Traceback")
    recording.record_error(session, started, runs=failed, now=now)
    session.flush()
    return session.get(Submission, started.submission_id)


def printed(session):
    return {fold.printed for fold in session.query(SubmissionFold)}


def test_outputs_of_what_failed_go_after_a_time_and_log_and_row_stay(session, failed, collect):
    failed.predictions_key = "x"
    session.flush()
    assert collect(29) == (0, 0)
    assert collect(31, is_dry_run=True) == (1, 0)
    assert printed(session) == {"log of fold 0", "log of fold 1"}
    assert collect(31) == (1, 0)
    assert (failed.predictions_key, printed(session)) == ("", {""})
    assert "log of fold 0" in session.query(JobAttempt).one().log
    assert (failed.state, failed.error_message, failed.trace) == (S.training_error, "no", "Traceback")
    assert collect(31) == (0, 0)


def test_jobs_go_with_their_logs_after_a_longer_time_and_the_submission_stays(session, failed, collect):
    assert collect(179)[1] == 0
    assert collect(181)[1] == 1
    assert (session.query(Job).count(), session.query(JobAttempt).count()) == (0, 0)
    assert session.query(Submission).one().state is S.training_error


def test_what_is_scored_keeps_its_outputs_and_what_waits_its_job(
    session, started, runs, scores, charlies, hand_in, collect, now
):
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    hand_in(charlies, "second")
    assert collect(1000) == (0, 1)
    scored = session.get(Submission, started.submission_id)
    assert (scored.state, scored.predictions_key) == (S.scored, started.lease)
    assert [job.state for job in session.query(Job)] == ["waiting"]


def test_one_call_is_bounded_and_says_that_there_is_more(session, owls, hand_in, collect, now):
    for number in range(3):
        row = hand_in(owls, f"number_{number}")
        row.state, row.finished_at, row.predictions_key = S.cancelled, now, "x"
    session.flush()
    assert retention.collect(
        session, now=now + 31 * DAY, keep_outputs=DAY, keep_jobs=DAY, max_rows=2
    ).has_more
    assert collect(31) == (1, 0)
