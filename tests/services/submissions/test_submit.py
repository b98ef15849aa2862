"""Submit: the rules, and what is written."""

from datetime import timedelta

import pytest

from databoard.errors import Conflict, NotFound, RuleError, TooManyRequests
from databoard.models import AuditEntry, Job, SandboxFile, Submission, SubmissionFile
from databoard.queries import submissions
from databoard.services.submissions import rows, submit, training_tasks
from databoard.services.teams import sandbox
from databoard.states import ErrorCode, JobState, SubmissionState, SubmissionType

S = SubmissionState
CODE = b"from sklearn.dummy import DummyClassifier as Classifier\n"


def fail(session, submission, state=S.training_error):
    """End the submission as if it had failed."""
    job = submission.jobs[-1]
    job.state, submission.state, submission.error_code = JobState.started, state, ErrorCode.training_error
    job.state = JobState.error
    session.flush()


# What is written


def test_a_new_submission_is_new_with_its_folds_and_one_waiting_job(owls, alice, now, hand_in):
    submission = hand_in(owls, user=alice)
    assert (submission.state, submission.type) == (S.new, SubmissionType.live)
    assert (submission.user, submission.submitted_at, owls.last_submitted_at) == (alice, now, now)
    assert [fold.state for fold in submission.folds] == [S.new, S.new]
    assert [(job.state, job.n_attempts) for job in submission.jobs] == [(JobState.waiting, 0)]


def test_the_address_of_a_submission_cannot_be_guessed(owls, hand_in):
    slugs = {hand_in(owls, f"name{i}").slug for i in range(5)}
    assert len(slugs) == 5
    assert min(map(len, slugs)) >= 16


def test_editing_the_sandbox_later_does_not_change_what_was_submitted(
    session, owls, alice, store, now, hand_in
):
    submission = hand_in(owls)
    before = training_tasks.files_by_name(session, submission, store)
    texts = {"classifier": "changed = True"}
    sandbox.save(session, event_team=owls, texts=texts, user=alice, store=store, now=now)
    session.expire_all()
    assert training_tasks.files_by_name(session, submission, store) == before
    assert b"changed" not in before["classifier.py"]


def test_submitting_is_in_the_audit(session, owls, alice, hand_in):
    hand_in(owls, user=alice)
    entry = session.query(AuditEntry).filter_by(action="submit").one()
    assert (entry.actor, entry.object_name) == (alice, "iris_test/owls/first")


# Names


@pytest.mark.parametrize(
    "name", ["", "abc", "a" * 21, "a b c", "_abc", ".abc", "äbcd", "ab/cd", "abcd\n", "<b>bb"]
)
def test_a_name_that_is_no_name_is_refused(owls, hand_in, name):
    with pytest.raises(RuleError, match="4 to 20 letters"):
        hand_in(owls, name)


@pytest.mark.parametrize("name", ["abcd", "a" * 20, "A1_.-x", "1234"])
def test_four_to_twenty_letters_digits_dots_dashes_underscores_name_a_submission(owls, hand_in, name):
    assert hand_in(owls, name).name == name


@pytest.mark.parametrize("name", ["a", "1", "ab", "A_2", "b" * 20])
def test_a_kit_may_bring_submissions_with_names_of_1_to_20_characters(session, owls, store, now, name):
    files = {"classifier.py": b"x = 1\n"}
    row = submit.deposit(session, event_team=owls, name=name, files=files, store=store, now=now)
    assert row.name == name


@pytest.mark.parametrize("name", ["", "_", "a b", "b" * 21])
def test_a_deposited_name_that_is_no_name_is_refused(session, owls, store, now, name):
    with pytest.raises(RuleError, match="1 to 20 letters"):
        submit.deposit(session, event_team=owls, name=name, files={}, store=store, now=now)


def test_a_used_name_is_refused_and_another_team_may_use_it(owls, charlies, hand_in):
    hand_in(owls)
    with pytest.raises(Conflict, match="has a submission called first"):
        hand_in(owls)
    assert hand_in(charlies).name == "first"


def test_a_scored_name_is_not_used_again(owls, add_scored, hand_in):
    add_scored(owls, "first")
    with pytest.raises(Conflict):
        hand_in(owls)


# When


def test_submit_after_closing_is_refused(owls, iris_event, hand_in):
    with pytest.raises(RuleError, match=r"closed on 2026-12-01 12:00 UTC\."):
        hand_in(owls, at=iris_event.closes_at)


def test_the_last_moment_before_closing_is_open(owls, iris_event, hand_in):
    assert hand_in(owls, at=iris_event.closes_at - timedelta(microseconds=1)).state is S.new


def test_submit_before_opening_is_refused(owls, iris_event, hand_in):
    with pytest.raises(RuleError, match=r"opens on 2026-11-23 12:00 UTC\."):
        hand_in(owls, at=iris_event.opens_at - timedelta(seconds=1))


def test_an_event_without_opening_date_takes_nothing(owls, iris_event, hand_in):
    iris_event.opens_at = None
    with pytest.raises(RuleError, match="has no opening date yet"):
        hand_in(owls)


def test_an_event_without_closing_date_never_closes(owls, iris_event, now, hand_in):
    iris_event.closes_at = None
    assert hand_in(owls, at=now + timedelta(days=9999)).state is S.new


@pytest.mark.parametrize("change", [{"approved_at": None}, {"is_active": False}])
def test_a_team_that_is_not_let_in_cannot_submit(session, owls, hand_in, change):
    for name, value in change.items():
        setattr(owls, name, value)
    session.flush()
    with pytest.raises(RuleError, match="waits for approval"):
        hand_in(owls)


@pytest.mark.parametrize(("elapsed_s", "wait_s"), [(0, 60), (0.001, 60), (1, 59), (59, 1), (59.999, 1)])
def test_the_refusal_tells_the_exact_seconds_to_wait(owls, alice, now, hand_in, elapsed_s, wait_s):
    hand_in(owls, user=alice)
    with pytest.raises(TooManyRequests, match=f"Wait {wait_s} more seconds"):
        hand_in(owls, "second", user=alice, at=now + timedelta(seconds=elapsed_s))


def test_after_the_waiting_time_the_team_may_submit_again(owls, alice, bob, now, hand_in):
    hand_in(owls, user=alice)
    assert hand_in(owls, "second", user=bob, at=now + timedelta(seconds=60)).state is S.new


def test_team_mates_share_the_waiting_time_and_other_teams_do_not(
    owls, charlies, alice, bob, charlie, hand_in
):
    hand_in(owls, user=alice)
    with pytest.raises(TooManyRequests):
        hand_in(owls, "second", user=bob)
    assert hand_in(charlies, "second", user=charlie).state is S.new


def test_an_admin_of_the_site_does_not_wait(owls, root, hand_in):
    hand_in(owls, user=root)
    assert hand_in(owls, "second", user=root).state is S.new


def test_a_refused_submit_writes_nothing(session, owls, alice, hand_in):
    hand_in(owls, user=alice)
    n_before = session.query(AuditEntry).count()
    with pytest.raises(TooManyRequests):
        hand_in(owls, "second", user=alice)
    assert session.query(Submission).count() == session.query(Job).count() == 1
    assert session.query(AuditEntry).count() == n_before


def test_the_allowance_says_when_the_event_opens(session, owls, iris_event):
    early = iris_event.opens_at - timedelta(hours=1)
    allowance = submit.may_submit(session, event_team=owls, user=None, now=early)
    assert (allowance.is_allowed, allowance.opens_at, allowance.wait_s) == (False, iris_event.opens_at, 0)


# Again under a failed name


@pytest.mark.parametrize(
    "state", [S.training_error, S.validating_error, S.testing_error, S.checking_error, S.cancelled]
)
def test_a_failed_name_may_be_used_again_at_once(session, owls, alice, hand_in, state):
    first = hand_in(owls, user=alice)
    fail(session, first, state)
    again = hand_in(owls, user=alice)
    assert (again.id, again.state, again.error_code, again.error_message) == (first.id, S.new, None, "")
    assert [job.state for job in again.jobs] == [JobState.error, JobState.waiting]
    assert [fold.state for fold in again.folds] == [S.new, S.new]


def test_trying_again_takes_the_sandbox_of_now(session, owls, alice, store, now, hand_in):
    fail(session, hand_in(owls))
    texts = {"classifier": "changed = True"}
    sandbox.save(session, event_team=owls, texts=texts, user=alice, store=store, now=now)
    again = hand_in(owls)
    assert training_tasks.files_by_name(session, again, store) == {"classifier.py": b"changed = True\n"}
    assert session.query(SubmissionFile).count() == 1


def test_trying_again_after_closing_is_refused(session, owls, iris_event, hand_in):
    fail(session, hand_in(owls))
    with pytest.raises(RuleError, match="closed on"):
        hand_in(owls, at=iris_event.closes_at)


# Files


def test_a_missing_file_is_named(session, owls, hand_in):
    session.query(SandboxFile).filter_by(event_team_id=owls.id).delete()
    with pytest.raises(RuleError, match=r"empty or missing: classifier\.py"):
        hand_in(owls)


def test_an_empty_file_is_named(session, owls, alice, store, now, hand_in):
    sandbox.save(session, event_team=owls, texts={"classifier": ""}, user=alice, store=store, now=now)
    with pytest.raises(RuleError, match=r"empty or missing: classifier\.py"):
        hand_in(owls)


def test_one_file_of_a_submission_is_read_by_its_element(session, owls, store, hand_in):
    submission = hand_in(owls)
    name, content = submissions.file_bytes(session, submission=submission, element="classifier", store=store)
    assert (name, content) == (
        "classifier.py",
        training_tasks.files_by_name(session, submission, store)["classifier.py"],
    )
    with pytest.raises(NotFound):
        submissions.file_bytes(session, submission=submission, element="../classifier", store=store)


def test_a_submission_is_found_by_names(session, owls, iris_event, hand_in):
    submission = hand_in(owls)
    assert rows.find(session, event=iris_event, team_name="owls", name="first") is submission
    with pytest.raises(NotFound, match="'frist'"):
        rows.find(session, event=iris_event, team_name="owls", name="frist")
