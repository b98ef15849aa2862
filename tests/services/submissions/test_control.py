"""Cancel and rerun by hand: the chosen ones only, each with its outcome, dry first."""

import pytest

from databoard.errors import Conflict
from databoard.models import AuditEntry, Job, QuotaEntry, SubmissionFold
from databoard.services.queue import jobs
from databoard.services.queue.jobs import LeaseLost
from databoard.services.results import recording
from databoard.services.submissions import control, submit
from databoard.services.submissions.selection import JobFilter
from databoard.states import ErrorCode, JobState, JobStep, QuotaCause, SubmissionState
from tests.conftest import NOW, ONE_SECOND

S = SubmissionState


@pytest.fixture
def three(session, owls, charlies, alice, hand_in, now):
    """Two submissions of the owls, by alice and by the command line, and one of charlie."""
    return [hand_in(owls, "first", user=alice), hand_in(owls, "second"), hand_in(charlies, "third")]


@pytest.fixture
def cancel(session, root, now):
    def cancel(is_dry_run=False, is_requeued=False, **words):
        options = {"is_dry_run": is_dry_run, "is_requeued": is_requeued}
        return control.cancel(session, JobFilter(**words), actor=root, now=now, **options)

    return cancel


@pytest.fixture
def rerun(session, root, now):
    def rerun(step=JobStep.train_test, is_dry_run=False, priority=0, is_clean=False, **words):
        options = {"from_step": step, "priority": priority, "is_dry_run": is_dry_run, "is_clean": is_clean}
        return control.rerun(session, JobFilter(**words), actor=root, now=now, **options)

    return rerun


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ({"team": "owls"}, ["first", "second"]),
        ({"user": "alice"}, ["first"]),
        ({"submission": "third"}, ["third"]),
        ({"event": "iris_test"}, ["first", "second", "third"]),
        ({"event": "another"}, []),
        ({"team": "owls", "submission": "third"}, []),
        ({"states": (S.new,)}, ["first", "second", "third"]),
        ({"states": (S.training, S.scored)}, []),
        ({"step": JobStep.train_test}, ["first", "second", "third"]),
        ({"step": JobStep.check}, []),
        ({"job_states": (JobState.waiting,)}, ["first", "second", "third"]),
        ({"job_states": (JobState.started,)}, []),
        ({"queued_before": NOW}, ["first", "second", "third"]),
        ({"queued_before": NOW - ONE_SECOND}, []),
        ({"is_deposited": True}, []),
        ({"worker": "w1"}, []),
    ],
)
def test_only_what_fits_every_word_is_cancelled(three, cancel, words, names):
    assert [row.submission for row in cancel(**words)] == names
    assert [row.name for row in three if row.state is S.cancelled] == names


def test_one_job_is_cancelled_by_its_number(three, cancel):
    (row,) = cancel(job_id=three[1].jobs[0].id)
    assert (row.submission, row.old_state, row.outcome) == ("second", "new", "cancelled")


def test_a_dry_run_tells_and_changes_nothing(session, three, cancel, rerun):
    assert {row.outcome for row in cancel(True)} == {"would be cancelled"}
    three[0].jobs[0].state, three[0].state = JobState.cancelled, S.cancelled
    session.flush()
    outcomes = [row.outcome for row in rerun(is_dry_run=True, team="owls")]
    assert outcomes == ["would be queued from train_test", "skipped: is new already; it will be trained"]
    assert [row.state for row in three] == [S.cancelled, S.new, S.new]


def test_what_waits_is_cancelled_and_its_quota_given_back(session, three, cancel):
    cancel(submission="first")
    assert (three[0].error_code, three[0].error_message) == (ErrorCode.cancelled, "Cancelled by root.")
    assert (three[0].jobs[0].state, three[0].jobs[0].lease) == (JobState.cancelled, None)
    causes = {entry.cause for entry in session.query(QuotaEntry).filter(QuotaEntry.amount > 0)}
    assert causes == {QuotaCause.cancelled_before_start}
    entry = session.query(AuditEntry).filter_by(action="cancel").one()
    assert (entry.object_name, entry.actor.name) == ("iris_test/owls/first", "root")


def test_a_late_result_of_what_was_cancelled_is_dropped(session, started, runs, scores, cancel, now):
    (row,) = cancel()
    assert (row.old_state, row.outcome) == ("training", "cancelled, taken from w1")
    assert not jobs.poll(session, started, now=now).is_held
    with pytest.raises(LeaseLost):
        recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    assert session.get(Job, started.job_id).attempts[0].outcome == "cancelled"


def test_cancelling_touches_nobody_else(session, three, cancel, claim):
    cancel(team="owls")
    assert claim().submission_id == three[2].id


@pytest.mark.parametrize("step", [JobStep.check, JobStep.train_test])
def test_what_ended_is_queued_again_from_a_step(session, three, cancel, rerun, step):
    cancel()
    assert [row.outcome for row in rerun(step, team="owls")] == [f"queued from {step}"] * 2
    assert [row.state for row in three] == [S.new, S.new, S.cancelled]
    assert [row.jobs[-1].step for row in three[:2]] == [step] * 2


def test_what_waits_is_skipped_with_the_reason(three, rerun):
    assert {row.outcome for row in rerun()} == {"skipped: is new already; it will be trained"}


@pytest.fixture
def trained(session, started, runs, scores, now):
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    session.flush()
    return session.get(Job, started.job_id).submission


def test_scores_are_computed_anew_from_what_was_predicted(
    session, store, trained, rerun, claim, scores, now, started
):
    assert [row.outcome for row in rerun(JobStep.score, is_clean=True)] == ["queued from score"]
    assert (trained.state, trained.scores) == (S.new, [])
    again = claim()
    assert again.is_scored_only
    recording.start(session, again, store=store, now=now)
    folder = recording.stored_predictions(session, again, store=store, now=now)
    assert folder == store.predictions_path(trained.id, started.lease)
    recording.record_scores(session, again, runs=(), scores=scores(0.5), now=now)
    session.flush()
    assert (trained.state, trained.predictions_key) == (S.scored, started.lease)
    assert {score.valid_bag for score in trained.scores} == {0.5}
    times = {fold.train_time_s for fold in session.query(SubmissionFold)}
    assert times == {1.5}


def test_without_predictions_there_is_nothing_to_score(session, three, cancel, rerun, now):
    cancel()
    outcome = "skipped: has no stored predictions; run it again from train_test"
    assert {row.outcome for row in rerun(JobStep.score)} == {outcome}
    with pytest.raises(Conflict, match="first has no stored predictions"):
        submit.rerun(session, three[0], now=now, step=JobStep.score)


def test_files_that_were_replaced_have_no_predictions(session, owls, trained, rerun, now):
    rerun(JobStep.train_test, is_clean=True)
    assert trained.predictions_key == ""


def test_what_failed_with_a_code_goes_first_again(session, three, rerun, cancel, claim):
    cancel()
    three[1].error_code = ErrorCode.worker_lost
    session.flush()
    assert [row.submission for row in rerun(error_code=ErrorCode.worker_lost, priority=1)] == ["second"]
    rerun()
    assert claim().submission_id == three[1].id


def test_only_one_of_the_jobs_of_a_submission_is_meant_by_its_number(session, three, cancel, rerun):
    old = three[0].jobs[0].id
    cancel(submission="first")
    rerun(submission="first")
    assert cancel(job_id=old) == []
    assert three[0].jobs[-1].state is JobState.waiting


def test_a_job_that_is_requeued_leaves_its_row_cancelled_and_waits_at_its_place(
    session, started, owls, cancel, claim, now, runs, scores
):
    (row,) = cancel(is_requeued=True)
    assert (row.job_id, row.job_state, row.outcome) == (
        started.job_id,
        "started",
        "cancelled, taken from w1, waits again",
    )
    old, new = session.query(Job).order_by(Job.id)
    assert (old.state, old.lease, new.state, new.created_at) == ("cancelled", None, "waiting", old.created_at)
    assert (new.submission.state, new.step) == (S.new, JobStep.train_test)
    with pytest.raises(LeaseLost):
        recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    assert claim().job_id == new.id


def test_no_more_jobs_are_cancelled_than_asked_for(session, three, root, now):
    rows = control.cancel(session, JobFilter(), actor=root, now=now, max_jobs=2)
    assert [row.submission for row in rows] == ["first", "second"]
    assert three[2].state is S.new


def test_an_organiser_reaches_only_own_events(three, olga, alice, cancel):
    assert cancel(organiser_id=alice.id) == []
    assert len(cancel(organiser_id=olga.id)) == 3
