"""The spine of the worker on a real database: what a runner answers is made up, what is written is not."""

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import selectinload

from databoard import worker
from databoard.models import Job, Submission, SubmissionFoldScore, SubmissionScore
from databoard.runner.scorer.client import Scorer
from databoard.services.base.database import transaction
from databoard.services.events.events import event_by_name
from databoard.services.queue import jobs
from databoard.services.results import recording
from databoard.services.submissions import submit
from databoard.states import ErrorCode, JobState, JobStep, SubmissionState
from databoard.worker import WorkerContext, training
from databoard.worker import job as job_in_hand
from databoard.worker.lane import Lane, Pace, StepOutcome
from tests.support.submissions import all_scores, fold_run

S = SubmissionState
LATE = timedelta(seconds=61)


class Answers:
    """A runner that answers at once; `meanwhile` is called while it scores."""

    engine = SimpleNamespace(is_queued=lambda: False)

    def __init__(self, session_factory):
        self._sessions, self.meanwhile = session_factory, lambda: None

    def train_test(self, task, *, on_fold, cancelled):
        return tuple(fold_run(fold.number, y_pred_train=[0.5], y_pred_test=[0.5]) for fold in task.folds)

    def score(self, task, predictions):
        self.meanwhile()
        with transaction(self._sessions) as session:
            return all_scores(event_by_name(session, "iris_test"))


class Named:
    name = "w1"


@pytest.fixture
def context(sessions, store, now):
    return WorkerContext(
        sessions=sessions,
        store=store,
        runner=Answers(sessions),
        lease_s=60,
        registration=Named(),
        clock=lambda: now,
    )


@pytest.fixture
def no_stop():
    """What tells a worker to end: never."""
    return threading.Event()


@pytest.fixture
def submission_id(session, owls, store, now):
    row = submit.submit(session, event_team=owls, user=None, name="first", store=store, now=now)
    row.jobs[-1].step = JobStep.train_test
    session.commit()
    return row.id


@pytest.fixture
def done(sessions):
    """Read afresh: submission, its last job, number of score rows."""

    def done(submission_id):
        with transaction(sessions) as session:
            attempts = selectinload(Submission.jobs).selectinload(Job.attempts)
            row = session.get(Submission, submission_id, options=[attempts])
            n_rows = sum(session.query(table).count() for table in (SubmissionScore, SubmissionFoldScore))
            return row, row.jobs[-1], n_rows

    return done


@pytest.fixture
def kept(store):
    """The names of the folders with predictions of a submission."""
    return lambda submission_id: [path.name for path in store.predictions_path(submission_id).glob("*")]


def test_a_result_is_written_with_its_predictions(context, submission_id, done, kept, no_stop):
    assert worker.process_one(context, no_stop).is_fault is False
    submission, job, n_rows = done(submission_id)
    assert (submission.state, job.state, n_rows) == (S.scored, JobState.success, 4 + 2 * 4)
    assert kept(submission_id) == [submission.predictions_key]


def test_a_late_result_writes_no_row_and_leaves_no_file(context, submission_id, done, kept, now, no_stop):
    def lose_the_lease():
        with transaction(context.sessions) as session:
            recording.reap(session, now=now + LATE, lease_s=60)
            assert jobs.claim_next(session, worker="w2", now=now + LATE) is not None

    context.runner.meanwhile = lose_the_lease
    assert worker.process_one(context, no_stop).is_fault is False
    submission, job, n_rows = done(submission_id)
    assert (submission.state, job.worker, n_rows) == (S.sent_to_training, "w2", 0)
    assert kept(submission_id) == []


def test_a_commit_that_nobody_confirmed_is_found_and_its_predictions_stay(
    context, submission_id, done, kept, monkeypatch, no_stop
):
    write, deaf_to = WorkerContext.write, [recording.record_scores]

    def write_unheard(self, use_case, *args, **facts):
        answer = write(self, use_case, *args, **facts)
        if use_case in deaf_to:
            deaf_to.remove(use_case)
            raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))
        return answer

    monkeypatch.setattr(WorkerContext, "write", write_unheard)
    assert worker.process_one(context, no_stop).is_fault is False and deaf_to == []
    submission, job, n_rows = done(submission_id)
    assert (submission.state, job.n_attempts, n_rows) == (S.scored, 1, 4 + 2 * 4)
    assert kept(submission_id) == [submission.predictions_key]


def test_what_a_lost_worker_predicted_is_removed_by_the_next(
    context, submission_id, store, kept, no_stop, now
):
    lost = context.write(jobs.claim_next, worker="w2")
    store.predictions_path(submission_id, lost.lease).mkdir(parents=True)
    with transaction(context.sessions) as session:
        assert recording.reap(session, now=now + LATE, lease_s=60) == 1
    context.runner.train_test = lambda task, **_: (fold_run(0, "training_error", error_code="crashed"),)
    worker.process_one(context, no_stop)
    assert kept(submission_id) == []


def test_a_rerun_keeps_what_the_row_named_for_the_trash(context, submission_id, done, kept, no_stop):
    worker.process_one(context, no_stop)
    first = done(submission_id)[0].predictions_key
    with transaction(context.sessions) as session:
        submit.rerun(session, session.get(Submission, submission_id), now=context.clock())
    worker.process_one(context, no_stop)
    second = done(submission_id)[0].predictions_key
    assert second != first and set(kept(submission_id)) == {first, second}


# A worker that is told to stop


@pytest.mark.parametrize("breaks_off", [False, True])
def test_a_job_that_is_handed_back_because_its_worker_stops_is_no_fault(
    context, submission_id, done, no_stop, breaks_off
):
    def stop_meanwhile(task, *, on_fold, cancelled):
        no_stop.set()
        assert cancelled.wait(30)
        if breaks_off:
            raise OSError("what it used was closed")
        return tuple(fold_run(fold.number, "cancelled") for fold in task.folds)

    context.runner.train_test = stop_meanwhile
    assert worker.process_one(context, no_stop).is_fault is False
    submission, job, n_rows = done(submission_id)
    assert (submission.state, job.state, job.n_attempts, n_rows) == (S.new, JobState.waiting, 0, 0)
    (attempt,) = job.attempts
    assert (attempt.outcome, attempt.error_code, job.error_code) == ("handed back", None, None)
    assert ("what it used was closed" if breaks_off else "asked to stop") in attempt.log


# The time that a job may take


@pytest.fixture
def short_of_time(monkeypatch):
    """A job may take a moment, whatever its folds may."""
    monkeypatch.setattr(job_in_hand.JobRun, "limit", lambda self, task: setattr(self, "_deadline_s", 0.0))
    monkeypatch.setattr(job_in_hand, "_GRACE_S", 1.0)


@pytest.mark.usefixtures("short_of_time")
def test_a_job_over_its_time_ends_by_a_fault_of_ours_that_counts(context, submission_id, done, no_stop):
    def wait_to_be_told(task, *, on_fold, cancelled):
        assert cancelled.wait(30)
        return tuple(fold_run(fold.number, "cancelled") for fold in task.folds)

    context.runner.train_test = wait_to_be_told
    context.runner.interrupt = lambda: None
    assert worker.process_one(context, no_stop).is_fault is True
    submission, job, n_rows = done(submission_id)
    assert (submission.state, job.state, job.n_attempts, n_rows) == (S.new, JobState.waiting, 1, 0)
    (attempt,) = job.attempts
    assert attempt.error_code is ErrorCode.internal and "The job ran for more than" in attempt.log


class Hanging(Answers):
    """Answers at once, but for its real scorer, which never does."""

    def __init__(self, session_factory, folder):
        super().__init__(session_factory)
        (folder / "problem.py").write_text("import time\ntime.sleep(3600)\n")
        self.scorer = Scorer(folder, folder / "log")
        self.interrupt = self.scorer.kill

    def score(self, task, predictions):
        return self.scorer.ask("score", version="", folds="", scores=[], predictions="")


@pytest.mark.usefixtures("short_of_time")
def test_a_scorer_that_hangs_is_killed_and_the_job_tried_again(
    context, submission_id, done, no_stop, tmp_path
):
    runner = Hanging(context.sessions, tmp_path)
    assert worker.process_one(replace(context, runner=runner), no_stop).is_fault is True
    submission, job, n_rows = done(submission_id)
    assert (submission.state, job.state, job.n_attempts, n_rows) == (S.new, JobState.waiting, 1, 0)
    assert "The scorer of" in job.attempts[0].log and "died" in job.attempts[0].log
    assert runner.scorer._process is None


# The start and the end of a worker


@pytest.fixture
def opened(monkeypatch):
    """Open a context while the database is away so many times; return it, or None when told to stop."""
    monkeypatch.setattr(training, "PACE", Pace(0.001))

    def opened(n_away, drain, *, is_patient):
        answers = [OperationalError("SELECT", {}, Exception("starting up"))] * n_away

        @contextmanager
        def open_context(config, **options):
            if answers:
                raise answers.pop()
            yield "context"

        monkeypatch.setattr(training, "open_context", open_context)
        with ExitStack() as stack:
            return training._enter_context(stack, None, drain, is_patient=is_patient)

    return opened


def test_a_database_that_is_away_at_the_start_is_waited_for(opened, no_stop, caplog):
    assert opened(3, no_stop, is_patient=True) == "context"
    assert caplog.text.count("no start yet: the database does not answer: starting up") == 3


def test_a_worker_that_ends_by_itself_does_not_wait_for_a_database(opened, no_stop):
    with pytest.raises(OperationalError):
        opened(1, no_stop, is_patient=False)


def test_a_worker_that_is_told_to_stop_does_not_wait_for_a_database(opened, no_stop):
    no_stop.set()
    assert opened(1, no_stop, is_patient=True) is None


@pytest.fixture
def loop(context, monkeypatch, no_stop):
    """What the main thread repeats, with a blender that has nothing to do; and the jobs that ended."""
    context.runner.engine = SimpleNamespace(is_queued=lambda: False, n_slots=lambda: 1)
    context.registration.count = lambda *, is_fault: None
    blender = SimpleNamespace(is_idle=lambda: True, wake=lambda: None)
    ended = []
    config = SimpleNamespace(trash_s=3600)
    return training._TrainingLoop(context, config, no_stop, blender, ended.append), ended


def test_until_idle_a_worker_does_every_job_and_then_ends(loop, submission_id, done):
    (training_loop, ended), drain = loop, threading.Event()
    step = training_loop.step_until_idle(drain)
    Lane("test", step, Pace(3600.0), logger=training.logger, failure="", is_ending=drain).run()
    assert [claim.submission_id for claim in ended] == [submission_id]
    assert (training_loop.n_jobs, done(submission_id)[0].state) == (1, S.scored)


def test_after_a_fault_of_the_server_the_worker_rests_longer(loop, context, submission_id):
    def break_down(task, **facts):
        raise OSError("the disk is gone")

    context.runner.train_test = break_down
    assert loop[0].step() is StepOutcome.failed
