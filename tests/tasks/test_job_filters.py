"""Cancel and rerun by words that are typed: wrong ones are told, none at all is refused."""

import pytest

from databoard.errors import NotFound, RuleError
from databoard.services.queue import jobs
from databoard.services.submissions import submit
from databoard.states import ErrorCode, JobState, SubmissionState
from databoard.tasks import job_filters
from databoard.tasks.job_filters import Words

S = SubmissionState


@pytest.fixture
def two(session, owls, charlies, store, now):
    given = ((owls, "first"), (charlies, "second"))
    options = {"user": None, "store": store, "now": now}
    found = [submit.submit(session, event_team=team, name=name, **options) for team, name in given]
    session.flush()
    return found


def test_the_chosen_jobs_are_cancelled_with_their_old_state(session, two, now):
    (row,) = job_filters.cancel_jobs(session, Words(team="owls"), now=now)
    assert row == {
        "job": two[0].jobs[0].id,
        "event": "iris_test",
        "team": "owls",
        "submission": "first",
        "old_state": "new",
        "outcome": "cancelled",
    }
    assert [each.state for each in two] == [S.cancelled, S.new]


def test_a_dry_run_cancels_nothing(session, two, now):
    rows = job_filters.cancel_jobs(session, Words(is_all=True), now=now, is_dry_run=True)
    assert [row["outcome"] for row in rows] == ["would be cancelled"] * 2
    assert {job.state for each in two for job in each.jobs} == {JobState.waiting}


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (Words(), RuleError, "all=True means every one"),
        (Words(event="iris_tset"), NotFound, "iris_tset"),
        (Words(team="nobody"), NotFound, "nobody"),
        (Words(user="nobody"), NotFound, "nobody"),
        (Words(state="ended"), RuleError, "Expected a state of new, "),
        (Words(kind="training"), RuleError, "Expected a kind of check, train_test, score, got 'training'"),
        (Words(error_code="bad"), RuleError, "Expected an error code"),
        (Words(job="x"), RuleError, "Expected the number of a job, got 'x'"),
    ],
)
def test_words_that_name_nothing_are_refused(session, two, now, words, error, said):
    with pytest.raises(error, match=said):
        job_filters.cancel_jobs(session, words, now=now)
    assert {each.state for each in two} == {S.new}


def test_every_error_is_queued_again_and_the_rest_is_not(session, two, now):
    job_filters.cancel_jobs(session, Words(is_all=True), now=now)
    two[1].state = S.new  # the way from cancelled to an error
    two[1].state, two[1].error_code = S.training_error, ErrorCode.worker_lost
    session.flush()
    rows = job_filters.rerun(session, Words(state="error"), now=now, priority="high")
    assert [(row["submission"], row["outcome"]) for row in rows] == [("second", "queued from train_test")]
    assert two[1].jobs[-1].priority == 1


@pytest.mark.parametrize("options", [{"from_step": "train"}, {"priority": "urgent"}])
def test_a_wrong_step_or_priority_is_refused(session, two, now, options):
    with pytest.raises(RuleError, match="Expected a"):
        job_filters.rerun(session, Words(is_all=True), now=now, **options)


def test_lost_jobs_are_counted(session, two, now):
    assert job_filters.reap_jobs(session, now=now, lease_s=30).startswith("No job was lost")
    jobs.claim_next(session, worker="w1", now=now)
    assert job_filters.reap_jobs(session, now=now, lease_s=-1) == "Recovered 1 job of lost workers."
