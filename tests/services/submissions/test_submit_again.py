"""Deposited by hand, run again, ended, deleted."""

from datetime import timedelta

import pytest

from databoard.errors import Conflict, RuleError
from databoard.models import Job, JobAttempt, Submission, SubmissionFold, SubmissionSimilarity
from databoard.services.queue import jobs
from databoard.services.results import recording
from databoard.services.submissions import submit, training_tasks
from databoard.states import JobState, SimilarityType, SubmissionState, SubmissionType

S = SubmissionState
CODE = b"from sklearn.dummy import DummyClassifier as Classifier\n"


def deposit(session, event_team, store, now, name="deposited", **options):
    files = {"classifier.py": CODE}
    return submit.deposit(
        session, event_team=event_team, name=name, files=files, store=store, now=now, **options
    )


# Deposit


def test_deposited_files_are_queued_and_the_sandbox_and_waiting_time_stay(
    session, owls, alice, store, now, hand_in
):
    submission = deposit(session, owls, store, now)
    assert (submission.type, submission.user, submission.state) == (SubmissionType.deposited, None, S.new)
    assert training_tasks.files_by_name(session, submission, store) == {"classifier.py": CODE}
    assert owls.last_submitted_at is None
    assert training_tasks.files_by_name(session, hand_in(owls, user=alice), store) != {"classifier.py": CODE}


def test_depositing_twice_changes_nothing(session, owls, store, now):
    first = deposit(session, owls, store, now)
    again = deposit(session, owls, store, now + timedelta(hours=1))
    assert (again.id, again.submitted_at) == (first.id, now)
    assert session.query(Job).count() == 1


def test_a_forced_deposit_replaces_files_and_results(session, owls, store, now, add_scored):
    earlier = add_scored(owls, "deposited", valid={"acc": 1.0})
    submission = deposit(session, owls, store, now, is_forced=True)
    assert (submission.id, submission.state, submission.scores) == (earlier.id, S.new, [])
    assert training_tasks.files_by_name(session, submission, store) == {"classifier.py": CODE}


def test_a_forced_deposit_takes_the_lease_of_the_worker_that_runs_the_old_files(
    session, owls, store, now, claim
):
    deposit(session, owls, store, now)
    held = claim()
    submission = deposit(session, owls, store, now, is_forced=True)
    with pytest.raises(jobs.LeaseLost):
        jobs.lock_held(session, held, now=now)
    assert [job.state for job in submission.jobs] == [JobState.cancelled, JobState.waiting]
    assert claim().submission_id == submission.id


def test_a_deposit_without_every_file_names_what_is_missing(session, owls, store, now):
    with pytest.raises(RuleError, match=r"missing: \['classifier\.py'\]"):
        submit.deposit(session, event_team=owls, name="abcd", files={"x.py": CODE}, store=store, now=now)


def test_a_deposit_after_closing_is_refused(session, owls, iris_event, store):
    with pytest.raises(RuleError, match="closed on"):
        deposit(session, owls, store, iris_event.closes_at)
    assert session.query(Submission).count() == 0


# Again, by hand, away


def test_a_rerun_forgets_the_results_and_queues_again(session, owls, now, add_scored):
    submission = add_scored(owls, "first", valid={"acc": 0.5}, contributivity=0.5)
    submit.rerun(session, submission, now=now)
    assert (submission.state, submission.scores, submission.contributivity) == (S.new, [], 0.0)
    assert [fold.train_time_s for fold in submission.folds] == [None, None]
    assert [job.state for job in submission.jobs] == [JobState.waiting]


def test_what_waits_or_runs_is_not_queued_again(session, owls, now, hand_in):
    with pytest.raises(Conflict, match="first is new already"):
        submit.rerun(session, hand_in(owls), now=now)


def test_ending_by_hand_cancels_the_waiting_job(session, owls, now, hand_in, claim):
    submission = hand_in(owls)
    submit.end_by_hand(session, submission, state=S.training_error, now=now)
    session.flush()
    assert (submission.state, submission.jobs[0].state) == (S.training_error, JobState.cancelled)
    assert claim() is None


def test_a_running_submission_is_not_ended_by_hand(session, owls, now, hand_in, claim):
    submission = hand_in(owls)
    claim(worker="host:1")
    session.expire_all()
    with pytest.raises(Conflict, match="running on host:1"):
        submit.end_by_hand(session, submission, state=S.cancelled, now=now)


def test_deleting_removes_results_jobs_and_credits_and_keeps_others(
    session, owls, alice, store, now, hand_in, started
):
    first, other = session.query(Submission).one(), hand_in(owls, "other")
    session.add(
        SubmissionSimilarity(
            type=SimilarityType.target_credit,
            source=first,
            target=other,
            user=alice,
            similarity=0.5,
            created_at=now,
        )
    )
    session.flush()
    submit.delete_submission(session, first, now=now)
    assert session.query(Submission).all() == [other]
    assert [fold.submission for fold in session.query(SubmissionFold)] == [other, other]
    assert session.query(JobAttempt).count() == session.query(SubmissionSimilarity).count() == 0


def test_deleting_takes_the_lease_away_and_leaves_the_files_to_the_trash(session, store, now, started):
    folder = store.predictions_path(started.submission_id)
    folder.mkdir(parents=True)
    submission = session.get(Submission, started.submission_id)
    submit.delete_submission(session, submission, now=now)
    assert folder.exists()
    with pytest.raises(jobs.LeaseLost):
        recording.record_cancelled(session, started, now=now)
