"""Faults of the server, late workers, half-written results: a result is recorded once, by the holder of the lease."""

from datetime import timedelta
from functools import partial

import pytest

from databoard.errors import SubmissionError
from databoard.models import Job, Submission, SubmissionFoldScore, SubmissionScore
from databoard.services.queue import jobs
from databoard.services.queue.jobs import LeaseLost
from databoard.services.results import recording
from databoard.states import ErrorCode, JobState, SubmissionState
from tests.services.results.conftest import states

S = SubmissionState
SECOND = timedelta(seconds=1)


# Ours


def test_our_fault_returns_the_submission_to_the_queue(session, now, started, saved):
    recording.record_fault(session, started, message="disk gone", now=now)
    submission = saved()
    assert states(submission) == (S.new, JobState.waiting, None)
    assert (submission.error_message, submission.training_started_at) == ("", None)
    assert submission.jobs[0].attempts[0].log == "disk gone"


def test_the_third_fault_ends_it_without_blame_or_internals(session, store, now, started, saved, claim):
    recording.record_fault(session, started, message="secret path", now=now)
    for _ in range(2):
        recording.record_fault(session, claim(), message="secret path", now=now)
    submission = saved()
    assert states(submission) == (S.checking_error, JobState.error, ErrorCode.internal)
    assert "not to blame" in submission.error_message
    assert "secret path" not in submission.error_message + submission.trace


def test_reaping_returns_the_submission_of_a_lost_worker(session, now, started, saved):
    assert recording.reap(session, now=now + 61 * SECOND, lease_s=60) == 1
    submission = saved()
    assert states(submission) == (S.new, JobState.waiting, None)
    assert [fold.state for fold in submission.folds] == [S.new, S.new]
    assert submission.jobs[0].attempts[0].error_code is ErrorCode.worker_lost


def test_a_submission_that_lost_three_workers_ends(session, now, started, saved, claim):
    for _ in range(2):
        recording.reap(session, now=now + 61 * SECOND, lease_s=60)
        claim()
    recording.reap(session, now=now + 61 * SECOND, lease_s=60)
    assert states(saved()) == (S.checking_error, JobState.error, ErrorCode.worker_lost)


def test_after_a_fault_the_next_attempt_is_scored(session, store, now, started, saved, claim, runs, scores):
    recording.record_fault(session, started, message="once", now=now)
    again = claim(worker="w2")
    recording.start(session, again, store=store, now=now)
    recording.record_scores(session, again, runs=runs(), scores=scores(), now=now)
    assert states(saved()) == (S.scored, JobState.success, None)


# Late workers, half writes


@pytest.fixture
def late_writes(session, now, started, store, runs, scores):
    """Every write of the worker that holds `started`."""
    write = {"now": now}
    error = SubmissionError("x", step="testing", code="bad_output")
    failed = runs("training_error", error_code="timeout")
    return [
        partial(recording.start, session, started, store=store, **write),
        partial(recording.record_progress, session, started, number=0, state="trained", **write),
        partial(recording.record_scores, session, started, runs=runs(), scores=scores(), **write),
        partial(recording.record_error, session, started, runs=failed, **write),
        partial(recording.record_refused, session, started, runs=runs(), error=error, **write),
        partial(recording.record_cancelled, session, started, **write),
        partial(recording.record_fault, session, started, message="late", **write),
    ]


@pytest.mark.parametrize("place", range(7))
def test_a_late_worker_writes_nothing(session, now, started, saved, claim, late_writes, place):
    recording.reap(session, now=now + 61 * SECOND, lease_s=60)
    claim(now + 61 * SECOND, worker="w2")
    session.commit()
    with pytest.raises(LeaseLost):
        late_writes[place]()
    assert not session.dirty
    assert states(saved())[:2] == (S.sent_to_training, JobState.started)
    assert session.query(SubmissionScore).count() == 0


def test_a_result_is_recorded_once(session, now, started, runs, scores):
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    session.commit()
    with pytest.raises(LeaseLost):
        recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)


def test_a_write_that_breaks_half_way_leaves_nothing(
    session, sessions, now, started, runs, scores, monkeypatch
):
    session.commit()

    def break_down(*args, **kwargs):
        session.flush()
        raise OSError("the disk is full")

    monkeypatch.setattr(jobs, "finish", break_down)
    with pytest.raises(OSError, match="disk"), session.begin():
        recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    with sessions() as other:
        assert states(other.get(Submission, started.submission_id)) == (S.training, JobState.started, None)
        assert other.query(SubmissionScore).count() == other.query(SubmissionFoldScore).count() == 0


def test_of_a_reaper_and_a_worker_at_once_one_wins(at_once, sessions, session, now, started, runs, scores):
    session.commit()
    late, recorded = now + 61 * SECOND, {"runs": runs(), "scores": scores()}

    def work(session, number):
        if number:
            return recording.reap(session, now=late, lease_s=60)
        return recording.record_scores(session, started, **recorded, now=late)

    won, n_reaped = at_once(work, 2)
    with sessions() as other:
        state = other.query(Job).one().state
    assert (state, n_reaped) == ((JobState.success, 0) if won is None else (JobState.waiting, 1))
    assert won is None or isinstance(won, LeaseLost)
