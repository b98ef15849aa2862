"""From a claimed job to its result: progress, scores and errors land where they belong."""

from datetime import timedelta

import numpy as np
import pytest

from databoard.errors import SubmissionError
from databoard.models import SubmissionFoldScore
from databoard.queries import folds, measured
from databoard.runner import FoldRun
from databoard.services.events.folds import decode_indices, encode_indices
from databoard.services.results import recording
from databoard.states import ErrorCode, JobState, SubmissionState
from tests.services.results.conftest import states

S = SubmissionState
SECOND = timedelta(seconds=1)
INF, NAN = float("inf"), float("nan")


# Start and progress


def test_start_hands_out_files_folds_limits_and_scores(session, owls, store, now, hand_in, claim, iris_event):
    hand_in(owls)
    task = recording.start(session, claim(), store=store, now=now)
    assert list(task.files) == ["classifier.py"]
    assert (task.official, [shown for shown, _ in task.scores]) == ("acc", ["acc", "error", "nll", "f1_70"])
    assert (task.limits.wall_time_s, task.kit_version) == (60, iris_event.problem.kit_version)
    assert [(fold.number, len(fold.train_is), len(fold.test_is)) for fold in task.folds] == [
        (0, 96, 24),
        (1, 96, 24),
    ]


def test_start_marks_submission_and_folds_as_training(now, saved):
    submission = saved()
    assert (submission.state, submission.training_started_at) == (S.training, now)
    assert [fold.state for fold in submission.folds] == [S.training, S.training]


def test_progress_of_one_fold_shows_on_that_fold(session, now, started, saved):
    recording.record_progress(session, started, number=1, state="validated", now=now)
    assert [fold.state for fold in saved().folds] == [S.training, S.validated]


@pytest.mark.parametrize(("number", "state"), [(0, "scored"), (0, "nonsense"), (7, "trained")])
def test_progress_that_is_none_changes_nothing(session, now, started, saved, number, state):
    recording.record_progress(session, started, number=number, state=state, now=now)
    assert [fold.state for fold in saved().folds] == [S.training, S.training]


def test_a_submission_is_as_far_as_its_slowest_fold(session, now, started, saved):
    seen = []
    for number, state in [(0, "trained"), (0, "validated"), (1, "trained"), (1, "tested"), (0, "tested")]:
        recording.record_progress(session, started, number=number, state=state, now=now)
        seen.append(saved().state)
    assert seen == [S.training, S.training, S.trained, S.validated, S.tested]


def test_the_predictions_that_count_are_those_of_the_lease_that_recorded(
    session, now, started, saved, runs, scores
):
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    assert saved().predictions_key == started.lease


def test_frozen_indices_survive_storage():
    indices = decode_indices(encode_indices([3, 1, 2]))
    assert indices.dtype == np.int64
    assert indices.tolist() == [3, 1, 2]


# Scored


def test_scores_end_submission_job_and_folds_together(session, now, started, saved, runs, scores):
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now + SECOND)
    submission = saved()
    assert states(submission) == (S.scored, JobState.success, None)
    assert submission.finished_at == submission.jobs[0].finished_at == now + SECOND
    assert [
        (f.state, f.train_time_s, f.valid_time_s, f.test_time_s, f.cpu_time_s, f.max_rss_bytes)
        for f in submission.folds
    ] == [(S.scored, 1.5, 0.25, 0.125, 3.0, 2**20)] * 2


def test_every_number_lands_in_its_own_column(session, now, started, saved, runs, scores):
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    row = next(row for row in saved().scores if row.event_score_type.name == "nll")
    assert (row.valid_bag, row.test_bag, row.valid_bags, row.test_bags) == (
        0.75,
        0.875,
        [0.5, 0.75],
        [0.5, 0.875],
    )
    assert (row.train_mean, row.train_std, row.valid_mean) == (1.0, 0.0, 0.625)
    assert (row.valid_std, row.test_mean, row.test_std) == (0.0625, 0.875, 0.03125)
    fold_scores = session.query(SubmissionFoldScore).all()
    assert len(fold_scores) == 8
    assert {(f.train_score, f.valid_score, f.test_score) for f in fold_scores} == {(1.0, 0.5, 0.25)}


def test_a_problem_without_test_labels_has_no_test_scores(session, now, started, saved, runs, scores):
    none = scores(test_bag=None, test_bags=(None, None), test_mean=None, test_std=None)
    recording.record_scores(session, started, runs=runs(), scores=none, now=now)
    row = saved().scores[0]
    assert (row.test_bag, row.test_bags, row.test_mean) == (None, [None, None], None)


@pytest.mark.parametrize("value", [INF, -INF, NAN])
def test_a_score_that_is_no_finite_number_is_none(session, now, started, saved, runs, scores, value):
    odd = scores(valid_bag=value, valid_bags=(0.5, value), valid_mean=value, valid_std=value)
    odd.by_fold[0]["acc"] = (1.0, value, 0.25)
    recording.record_scores(session, started, runs=runs(), scores=odd, now=now)
    row = saved().scores[0]
    assert (row.valid_bag, row.valid_bags, row.valid_mean, row.valid_std) == (None, [0.5, None], None, None)
    assert session.query(SubmissionFoldScore).filter_by(valid_score=None).count() == 1


# Failed


def test_an_error_keeps_code_message_and_trace(session, now, started, saved, runs):
    failed = runs(
        "training_error", error_code="timeout", message="Too slow.", trace="line 1", train_time_s=None
    )
    recording.record_error(session, started, runs=failed, now=now)
    submission = saved()
    assert states(submission) == (S.training_error, JobState.error, ErrorCode.timeout)
    assert (submission.error_code, submission.error_message, submission.trace) == (
        ErrorCode.timeout,
        "Too slow.",
        "line 1",
    )
    assert [(fold.state, fold.train_time_s) for fold in submission.folds] == [
        (S.training_error, None),
        (S.tested, 1.5),
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("testing_error", "validating_error", S.validating_error),
        ("validating_error", "training_error", S.training_error),
        ("training_error", "checking_error", S.checking_error),
        ("testing_error", "tested", S.testing_error),
    ],
)
def test_the_earliest_step_that_failed_names_the_state(session, now, started, saved, first, second, expected):
    failed = tuple(
        FoldRun(number, state, error_code="crashed") for number, state in enumerate([first, second])
    )
    recording.record_error(session, started, runs=failed, now=now)
    assert saved().state is expected


def test_of_two_folds_that_failed_alike_the_first_speaks(session, now, started, saved):
    failed = tuple(
        FoldRun(number, "training_error", error_code="training_error", message=f"fold {number}")
        for number in (1, 0)
    )
    recording.record_error(session, started, runs=failed, now=now)
    assert saved().error_message == "fold 0"


def test_the_log_of_every_fold_stays_with_the_attempt_for_operators(session, now, started, saved, runs):
    recording.record_error(session, started, runs=runs("testing_error", error_code="crashed"), now=now)
    assert (
        saved().jobs[0].attempts[0].log
        == "--- fold 0: testing_error\nlog of fold 0\n--- fold 1: tested\nlog of fold 1"
    )


def test_predictions_that_cannot_be_scored_are_a_testing_error(session, now, started, saved, runs):
    error = SubmissionError("Expected (24, 3), got (24,).", step="testing", code="bad_output")
    recording.record_refused(session, started, runs=runs(), error=error, now=now)
    submission = saved()
    assert states(submission) == (S.testing_error, JobState.error, ErrorCode.bad_output)
    assert submission.error_message == "Expected (24, 3), got (24,)."


def test_a_cancelled_submission_says_so(session, now, started, saved):
    recording.record_cancelled(session, started, now=now)
    submission = saved()
    assert states(submission) == (S.cancelled, JobState.cancelled, ErrorCode.cancelled)
    assert [fold.state for fold in submission.folds] == [S.cancelled, S.cancelled]


# What it printed


def printed(session, submission):
    return [(row.number, row.state, row.text) for row in folds.printed(session, submission)]


def test_what_each_fold_printed_is_kept_with_the_result(session, saved, started, now, runs, scores):
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    assert printed(session, saved()) == [(0, "scored", "log of fold 0"), (1, "scored", "log of fold 1")]
    assert (
        sum(len(row[2]) for row in printed(session, saved()))
        == measured.of_submission(session, saved()).n_printed
        == 26
    )


def test_what_a_failed_fold_printed_is_kept(session, saved, started, now, runs):
    failed = runs("training_error", error_code="training_error", message="no")
    recording.record_error(session, started, runs=failed, now=now)
    assert printed(session, saved())[0] == (0, "training_error", "log of fold 0")


def test_a_new_run_forgets_what_the_last_printed(session, saved, started, store, now):
    saved().folds[0].printed = "of the worker that was lost"
    recording.start(session, started, store=store, now=now)
    assert printed(session, saved()) == []
