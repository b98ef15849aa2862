"""A submission is checked before it may wait for a slot: what passes is queued, what is refused is final and free."""

from dataclasses import replace

import pytest

from databoard.models import Job, QuotaEntry, Submission
from databoard.queries import folds
from databoard.queries import submissions as submission_queries
from databoard.runner import FoldRun
from databoard.services.queue import jobs
from databoard.services.queue.jobs import LeaseLost
from databoard.services.results import checks, recording
from databoard.services.submissions import submit
from databoard.states import ErrorCode, JobState, JobStep, QuotaCause, SubmissionState

REFUSAL = FoldRun(
    -1, "training_error", "import_error", "Importing classifier.py failed at line 1", "the trace"
)


@pytest.fixture
def submission(session, owls, alice, store, now):
    row = submit.submit(session, event_team=owls, user=alice, name="first", store=store, now=now)
    row.jobs[-1].priority = 3
    session.flush()
    return row


@pytest.fixture
def checked(session, submission, now):
    """The submission's check, claimed."""
    return jobs.claim_next(session, worker="w1", now=now, steps=[JobStep.check])


def steps(session):
    return [(job.step, job.state) for job in session.query(Job).order_by(Job.id)]


def test_a_submission_waits_for_its_check_first(session, submission, now):
    assert steps(session) == [(JobStep.check, JobState.waiting)]
    assert jobs.claim_next(session, worker="w1", now=now, steps=[JobStep.train_test]) is None


def test_the_check_gets_what_training_would_and_leaves_the_submission_new(
    session, submission, checked, store, now
):
    task = checks.start(session, checked, store=store, now=now)
    assert (list(task.files), len(task.folds)) == (["classifier.py"], 2)
    assert (submission.state, submission.training_started_at) == (SubmissionState.new, None)


def test_what_passes_is_queued_at_the_place_in_line_of_when_it_was_submitted(session, checked, now):
    checks.record_passed(session, checked, now=now.replace(hour=23))
    session.flush()
    assert steps(session) == [(JobStep.check, JobState.success), (JobStep.train_test, JobState.waiting)]
    queued = session.query(Job).order_by(Job.id.desc()).first()
    assert (queued.created_at, queued.priority) == (now, 3)


def test_a_refusal_is_final_with_its_words_and_gives_the_quota_back(session, submission, checked, now):
    checks.record_refused(session, checked, run=REFUSAL, now=now)
    session.flush()
    assert (submission.state, submission.error_code) == (
        SubmissionState.checking_error,
        ErrorCode.import_error,
    )
    assert (submission.error_message, submission.trace) == (REFUSAL.message, "the trace")
    assert {fold.state for fold in submission.folds} == {SubmissionState.checking_error}
    assert steps(session) == [(JobStep.check, JobState.error)]
    causes = [(entry.cause, entry.amount) for entry in session.query(QuotaEntry).order_by(QuotaEntry.id)]
    assert causes == [(QuotaCause.submitted, -1)] * 2 + [(QuotaCause.refused_by_check, 1)] * 2


@pytest.mark.parametrize("record", [checks.record_passed, checks.record_refused])
def test_a_check_that_lost_its_lease_writes_nothing(session, submission, checked, now, record):
    jobs.withdraw(session, submission, now=now)
    with pytest.raises(LeaseLost):
        record(session, checked, now=now, **({"run": REFUSAL} if record is checks.record_refused else {}))
    assert steps(session) == [(JobStep.check, JobState.cancelled)]


def test_a_check_of_a_lost_worker_is_done_again(session, submission, checked, now):
    assert recording.reap(session, now=now.replace(hour=20), lease_s=60) == 1
    session.flush()
    assert steps(session) == [(JobStep.check, JobState.waiting)]
    assert submission.state is SubmissionState.new


def test_three_faults_of_ours_end_a_check_and_cost_nothing(session, submission, checked, now):
    for _ in range(3):
        recording.record_fault(session, checked, message="no jail", now=now)
        session.flush()
        checked = jobs.claim_next(session, worker="w1", now=now, steps=[JobStep.check])
    assert checked is None
    assert (submission.state, submission.error_code) == (SubmissionState.checking_error, ErrorCode.internal)
    assert sum(entry.amount for entry in session.query(QuotaEntry)) == 0


def test_pages_say_that_it_is_being_checked(session, submission, now):
    def is_checking():
        return submission_queries.row(session, submission=submission).is_checking

    assert not is_checking()
    claim = jobs.claim_next(session, worker="w1", now=now, steps=[JobStep.check])
    assert is_checking()
    checks.record_passed(session, claim, now=now)
    session.flush()
    assert not is_checking()


def test_a_deposit_is_checked_too(session, owls, store, now):
    files = {"classifier.py": b"import nothing_of_that_name\n"}
    row = submit.deposit(session, event_team=owls, name="ours", files=files, store=store, now=now)
    assert [job.step for job in row.jobs] == [JobStep.check]
    assert session.get(Submission, row.id).type == "deposited"


def test_what_a_refused_submission_printed_is_kept(session, submission, checked, now):
    checks.record_refused(session, checked, run=replace(REFUSAL, log="before the error"), now=now)
    session.flush()
    assert [row.text for row in folds.printed(session, submission)] == ["before the error"]
