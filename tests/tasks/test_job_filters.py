"""Jobs are chosen by what is typed: a wrong word is refused, and so is none at all."""

import pytest

from databoard.errors import InvalidParameter, NotFound, RuleError
from databoard.queries import records
from databoard.services.submissions import control, submit
from databoard.services.submissions.selection import priority_named
from databoard.states import ErrorCode, JobState, JobStep, SubmissionState, SubmissionType
from databoard.tasks import job_filters
from databoard.tasks.job_filters import Options

S = SubmissionState


@pytest.fixture
def two(session, owls, charlies, store, now):
    given = ((owls, "first"), (charlies, "second"))
    options = {"user": None, "store": store, "now": now}
    found = [submit.submit(session, event_team=team, name=name, **options) for team, name in given]
    session.flush()
    return found


@pytest.fixture
def cancel(session, now):
    """Return a function: options -> the records of what is cancelled."""

    def cancel(options, **how):
        chosen = job_filters.job_filter(session, options)
        rows = control.cancel(session, chosen, actor=None, now=now, **how)
        return [records.cancelled_record(row) for row in rows]

    return cancel


def test_the_chosen_jobs_are_cancelled_with_their_old_state(two, cancel):
    (row,) = cancel(Options(team="owls"))
    assert row == {
        "job": two[0].jobs[0].id,
        "job_state": "waiting",
        "event": "iris_test",
        "team": "owls",
        "submission": "first",
        "old_state": "new",
        "outcome": "cancelled",
    }
    assert [each.state for each in two] == [S.cancelled, S.new]


def test_a_dry_run_cancels_nothing(two, cancel):
    rows = cancel(Options(is_all=True), is_dry_run=True)
    assert [row["outcome"] for row in rows] == ["would be cancelled"] * 2
    assert {job.state for each in two for job in each.jobs} == {JobState.waiting}


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (Options(), RuleError, "all=True means every one"),
        (Options(event="iris_tset"), NotFound, "iris_tset"),
        (Options(team="nobody"), NotFound, "nobody"),
        (Options(user="nobody"), NotFound, "nobody"),
        (Options(state="ended"), RuleError, "Expected a state of new, "),
        (Options(kind="training"), RuleError, "Expected a kind of check, train_test, score, got 'training'"),
        (Options(error_code="bad"), RuleError, "Expected an error code"),
        (Options(only="mine"), InvalidParameter, "Expected only=starting_kit, got 'mine'"),
        (Options(age="old"), InvalidParameter, "Expected age as a number of s, m, h or d"),
        (Options(job="x"), RuleError, "Expected the number of a job, got 'x'"),
    ],
)
def test_options_that_name_nothing_are_refused(session, two, options, error, said, now):
    with pytest.raises(error, match=said):
        job_filters.job_filter(session, options, now=now)


@pytest.mark.parametrize(
    ("options", "n"),
    [
        (Options(state="waiting"), 2),
        (Options(state="started"), 0),
        (Options(age="1h"), 0),
        (Options(age="0s"), 2),
        (Options(worker="near:7"), 0),
    ],
)
def test_jobs_are_chosen_by_their_state_age_and_worker(session, two, cancel, options, n, now):
    chosen = job_filters.job_filter(session, options, now=now)
    assert len(control.cancel(session, chosen, actor=None, now=now)) == n


def test_only_what_organisers_deposited_is_run_again(session, two, cancel, now):
    cancel(Options(is_all=True))
    two[0].type = SubmissionType.deposited
    session.flush()
    chosen = job_filters.job_filter(session, Options(event="iris_test", only="starting_kit"))
    rows = control.rerun(session, chosen, from_step=JobStep.train_test, actor=None, now=now)
    assert [row.submission for row in rows] == ["first"]


def test_every_error_is_queued_again_and_the_rest_is_not(session, two, now, cancel):
    cancel(Options(is_all=True))
    two[1].state = S.new  # the way from cancelled to an error
    two[1].state, two[1].error_code = S.training_error, ErrorCode.worker_lost
    session.flush()
    chosen = job_filters.job_filter(session, Options(state="error"))
    how = {"from_step": JobStep.train_test, "priority": priority_named("high"), "actor": None}
    rows = control.rerun(session, chosen, **how, now=now)
    assert [records.rerun_record(row) for row in rows] == [
        {
            "event": "iris_test",
            "team": "charlie",
            "submission": "second",
            "old_state": "training_error",
            "outcome": "queued from train_test",
        }
    ]
    assert two[1].jobs[-1].priority == 1


def test_a_wrong_priority_is_refused():
    with pytest.raises(InvalidParameter, match="Expected a priority of low, normal, high, got 'urgent'"):
        priority_named("urgent")
