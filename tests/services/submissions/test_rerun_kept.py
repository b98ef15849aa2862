"""A rerun of what is scored: the old score is shown until there is a new one, also when the rerun is cancelled."""

from datetime import timedelta

import pytest

from databoard.models import Job, LeaderboardRow, QuotaEntry
from databoard.runner import FoldRun
from databoard.services.boards import rows as boards
from databoard.services.events import ensembles
from databoard.services.queue import jobs
from databoard.services.results import checks, recording
from databoard.services.submissions import control
from databoard.services.submissions.selection import JobFilter
from databoard.states import JobState, JobStep, SubmissionState

S = SubmissionState


@pytest.fixture
def trained(session, started, runs, scores, now):
    recording.record_scores(session, started, runs=runs(), scores=scores(0.75), now=now)
    session.flush()
    return session.get(Job, started.job_id).submission


@pytest.fixture
def rerun(session, root, now):
    def rerun(step=JobStep.train_test, **words):
        (row,) = control.rerun(session, JobFilter(), from_step=step, actor=root, now=now, **words)
        return row.outcome

    return rerun


@pytest.fixture
def shown(session, iris_event):
    """The official score of each row of the board, as it is stored and as it would be written again."""

    def shown():
        session.flush()
        assert boards.rebuild(session, iris_event) == []
        return [abs(row.public_key) for row in session.query(LeaderboardRow)]

    return shown


def test_the_old_score_is_shown_until_the_new_one_is_there(
    session, store, trained, rerun, claim, runs, scores, shown, now, iris_event, started
):
    assert rerun() == "queued from train_test"
    assert (trained.state, shown()) == (S.new, [0.75])
    held = claim()
    recording.start(session, held, store=store, now=now)
    assert (trained.state, shown()) == (S.training, [0.75])
    assert [row.predictions_key for row in ensembles.candidates(session, iris_event)] == [started.lease]
    recording.record_scores(session, held, runs=runs(), scores=scores(0.5), now=now)
    assert (trained.state, trained.predictions_key, shown()) == (S.scored, held.lease, [0.5])


def test_a_second_rerun_of_what_waits_is_skipped(session, trained, rerun):
    rerun()
    assert rerun() == "skipped: is new already; it will be trained"
    assert len(trained.jobs) == 2


def test_a_clean_rerun_forgets_the_score_at_once(trained, rerun, shown):
    rerun(is_clean=True)
    assert (trained.predictions_key, trained.scores, shown()) == ("", [], [])


def test_what_is_only_scored_again_keeps_its_predictions_untouched(
    session, store, trained, rerun, claim, scores, shown, now, started
):
    folder = store.predictions_path(trained.id, started.lease)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fold_0.npz").write_bytes(b"predicted")
    before = (folder / "fold_0.npz").stat().st_mtime_ns
    rerun(JobStep.score)
    held = claim()
    recording.start(session, held, store=store, now=now)
    recording.record_scores(session, held, runs=(), scores=scores(0.5), now=now)
    assert ((folder / "fold_0.npz").stat().st_mtime_ns, trained.predictions_key) == (before, started.lease)
    assert shown() == [0.5]


def test_a_rerun_that_fails_takes_the_old_score_away(
    session, store, trained, rerun, claim, runs, shown, now, iris_event
):
    rerun()
    held = claim()
    recording.start(session, held, store=store, now=now)
    failed = runs("training_error", error_code="training_error", message="no")
    recording.record_error(session, held, runs=failed, now=now)
    assert (trained.state, trained.predictions_key, trained.scores) == (S.training_error, "", [])
    assert (shown(), ensembles.candidates(session, iris_event)) == ([], [])


def test_a_rerun_that_its_check_refuses_takes_the_old_score_away(session, trained, rerun, shown, now):
    rerun(JobStep.check)
    held = jobs.claim_next(session, worker="w1", now=now, steps=[JobStep.check])
    run = FoldRun(-1, "training_error", "import_error", "Importing classifier.py failed")
    checks.record_refused(session, held, run=run, now=now)
    assert (trained.state, shown()) == (S.checking_error, [])


@pytest.mark.parametrize("is_started", [False, True])
def test_a_rerun_that_is_cancelled_leaves_the_old_score_and_the_quota(
    session, store, trained, rerun, claim, shown, now, root, is_started
):
    n_entries = session.query(QuotaEntry).count()
    rerun()
    if is_started:
        recording.start(session, claim(), store=store, now=now)
    control.cancel(session, JobFilter(), actor=root, now=now)
    assert (trained.state, trained.error_message, shown()) == (S.scored, "", [0.75])
    assert {fold.state for fold in trained.folds} == {S.scored}
    assert session.query(QuotaEntry).count() == n_entries


def test_a_rerun_that_the_server_fails_leaves_the_old_score(session, trained, rerun, claim, shown, now):
    rerun()
    for number in range(1, jobs.MAX_ATTEMPTS + 1):
        at = now + timedelta(minutes=5 * number)
        claim(at=at)
        recording.reap(session, now=at + timedelta(minutes=2), lease_s=60)
    assert (trained.jobs[-1].state, trained.state, shown()) == (JobState.error, S.scored, [0.75])
