"""The queue: order, leases, lost workers, attempts."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from databoard.models import Job, JobAttempt, Submission
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim, LeaseLost
from databoard.states import ErrorCode, IllegalTransition, JobState, JobStep, SubmissionState

SECOND = timedelta(seconds=1)


@pytest.fixture
def job_of(session):
    return lambda claim: session.get(Job, claim.job_id, populate_existing=True)


@pytest.fixture
def hand_back(session, now):
    """Give a claimed job back as a platform fault."""

    def hand_back(claim, *, at=now, **options):
        job = jobs.lock_held(session, claim, now=at)
        is_retried = jobs.hand_back(session, job, code=ErrorCode.internal, log="boom", now=at, **options)
        job.submission.state = SubmissionState.new
        session.flush()
        return is_retried

    return hand_back


# Claims


def test_nothing_waits_nothing_is_claimed(claim):
    assert claim() is None


def test_a_claim_starts_the_job_and_marks_the_submission(session, owls, now, hand_in, claim, job_of):
    submission = hand_in(owls)
    job = job_of(claim(worker="host:7"))
    assert (job.state, job.worker, job.started_at, job.heartbeat_at) == (JobState.started, "host:7", now, now)
    assert (job.n_attempts, len(job.lease)) == (1, 32)
    assert submission.state is SubmissionState.sent_to_training
    assert claim() is None


def test_a_claim_takes_only_jobs_of_its_steps(session, owls, now, hand_in):
    submission = hand_in(owls)
    take = partial(jobs.claim_next, session, worker="w1", now=now)
    submission.jobs[0].step = JobStep.check
    session.flush()
    assert take(steps=[JobStep.train_test, JobStep.score]) is None
    claim = take(steps=[JobStep.check])
    assert (claim.step, submission.state) == (JobStep.check, SubmissionState.new)


def test_pending_counts_waiting_and_running(session, owls, hand_in, claim):
    assert jobs.n_pending(session) == 0
    hand_in(owls, "aaaa"), hand_in(owls, "bbbb")
    claim()
    assert jobs.n_pending(session) == 2


# Leases


def test_a_heartbeat_is_kept_and_says_that_the_job_is_held(session, now, started, job_of):
    beat = jobs.heartbeat(session, started, now=now + 5 * SECOND)
    assert (beat.is_held, beat.is_cancel_requested) == (True, False)
    assert job_of(started).heartbeat_at == now + 5 * SECOND


def test_a_heartbeat_learns_of_a_request_to_cancel(session, now, started, job_of):
    job_of(started).is_cancel_requested = True
    session.flush()
    assert jobs.heartbeat(session, started, now=now).is_cancel_requested


@pytest.mark.parametrize("forged", [{"lease": "0" * 32}, {"job_id": 10**6}])
def test_another_lease_or_job_holds_nothing(session, now, started, forged):
    other = Claim(**{**started.__dict__, **forged})
    with pytest.raises(LeaseLost, match="does not belong to this worker any more"):
        jobs.lock_held(session, other, now=now)
    assert not jobs.heartbeat(session, other, now=now).is_held


def test_a_silent_worker_loses_its_job_to_the_next(session, now, started, claim, job_of):
    late = now + 61 * SECOND
    [(job, is_retried)] = jobs.reap(session, now=late, lease_s=60)
    job.submission.state = SubmissionState.new
    assert (job.id, is_retried, job.state, job.lease) == (started.job_id, True, JobState.waiting, None)
    again = claim(late, worker="w2")
    assert (again.job_id, again.attempt) == (started.job_id, 2)
    with pytest.raises(LeaseLost):
        jobs.lock_held(session, started, now=late)


def test_a_worker_with_a_sign_of_life_keeps_its_job(session, now, started):
    jobs.heartbeat(session, started, now=now + 30 * SECOND)
    assert jobs.reap(session, now=now + 90 * SECOND, lease_s=60) == []
    assert jobs.lock_held(session, started, now=now + 90 * SECOND).id == started.job_id


def test_a_withdrawn_job_is_lost_to_its_worker_and_its_attempt_is_closed(session, now, started, job_of):
    jobs.withdraw(session, session.get(Submission, started.submission_id), now=now)
    with pytest.raises(LeaseLost):
        jobs.lock_held(session, started, now=now)
    attempt = job_of(started).attempts[0]
    assert (attempt.outcome, attempt.error_code, attempt.ended_at) == ("cancelled", ErrorCode.cancelled, now)


# Attempts


def test_a_platform_fault_is_tried_three_times(owls, hand_in, claim, hand_back):
    job = hand_in(owls).jobs[0]
    assert [hand_back(claim()) for _ in range(3)] == [True, True, False]
    assert (job.state, job.error_code, job.n_attempts) == (JobState.error, ErrorCode.internal, 3)
    assert claim() is None


def test_a_hand_back_that_does_not_count_never_ends_the_job(owls, hand_in, claim, hand_back, job_of):
    hand_in(owls)
    assert all(hand_back(claim(), is_counted=False) for _ in range(5))
    held = claim()
    assert (held.attempt, job_of(held).n_attempts) == (1, 1)
    assert [attempt.number for attempt in job_of(held).attempts] == [1, 2, 3, 4, 5, 6]


def test_each_attempt_keeps_worker_times_outcome_and_log(
    session, owls, now, hand_in, claim, hand_back, job_of
):
    hand_in(owls)
    hand_back(claim(worker="w1"), at=now + SECOND)
    job = jobs.lock_held(session, claim(now + 2 * SECOND, worker="w2"), now=now)
    jobs.finish(session, job, state=JobState.success, log="fine", now=now + 3 * SECOND)
    session.flush()
    facts = [
        (a.worker, a.started_at - now, a.ended_at - now, a.outcome, a.log)
        for a in session.query(JobAttempt).order_by(JobAttempt.number)
    ]
    assert facts == [
        ("w1", 0 * SECOND, SECOND, "handed back", "boom"),
        ("w2", 2 * SECOND, 3 * SECOND, "success", "fine"),
    ]


def test_the_end_of_a_long_log_is_kept(session, now, started):
    job = jobs.lock_held(session, started, now=now)
    jobs.finish(session, job, state=JobState.error, log="a" * 30_000 + "end", now=now)
    session.flush()
    [attempt] = session.query(JobAttempt).populate_existing()
    assert (len(attempt.log), attempt.log[-4:]) == (jobs.MAX_LOG_CHARACTERS, "aend")


# One pending job


def test_enqueue_returns_the_job_that_is_pending(session, owls, now, hand_in):
    submission = hand_in(owls)
    assert jobs.enqueue(session, submission=submission, now=now) is submission.jobs[0]


@pytest.mark.parametrize("state", [JobState.waiting, JobState.started])
def test_the_database_refuses_a_second_pending_job(session, owls, now, hand_in, state):
    submission = hand_in(owls)
    session.add(Job(submission_id=submission.id, step=JobStep.train_test, state=state, created_at=now))
    with pytest.raises(IntegrityError):
        session.flush()


def test_any_number_of_ended_jobs_may_be_kept(session, owls, now, hand_in):
    submission = hand_in(owls)
    for state in (JobState.success, JobState.error, JobState.cancelled, JobState.error):
        session.add(Job(submission_id=submission.id, step=JobStep.train_test, state=state, created_at=now))
    session.flush()
    assert session.query(Job).count() == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (JobState.waiting, JobState.success),
        (JobState.success, JobState.waiting),
        (JobState.error, JobState.waiting),
        (JobState.cancelled, JobState.started),
        (JobState.success, JobState.error),
    ],
)
def test_a_job_goes_nowhere_it_may_not(old, new, now):
    job = Job(submission_id=1, step=JobStep.train_test, state=old, created_at=now)
    with pytest.raises(IllegalTransition, match=f"{old} cannot become {new}"):
        job.state = new


# Many at once


def test_many_reapers_return_a_lost_job_once(at_once, sessions, session, started, now):
    session.commit()
    late = now + 61 * SECOND
    lost = at_once(lambda session, number: len(jobs.reap(session, now=late, lease_s=60)), 6)
    with sessions() as other:
        assert (sum(lost), other.get(Job, started.job_id).state) == (1, JobState.waiting)
