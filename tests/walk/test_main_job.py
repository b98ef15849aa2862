"""The walk of a submission through real parts: real database, real worker process, real jail, real kill -9."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError

from databoard.models import EnsembleScore, Job, Submission, SubmissionScore
from databoard.queries import leaderboards
from databoard.services.base.database import begin_writing, transaction
from databoard.services.events import events
from databoard.services.people.access import event_team_in
from databoard.services.submissions import control, submit
from databoard.services.submissions.selection import JobFilter
from databoard.services.teams import sandbox
from databoard.services.teams.teams import team_by_name
from databoard.states import PENDING_STATES, ErrorCode, JobState, JobStep, SubmissionState

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE_S = 90
HEAD = "import time, sys\nfrom sklearn.linear_model import LogisticRegression\n"
HONEST = (
    HEAD
    + """
class Classifier:
    def fit(self, X, y):
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
"""
)
SLOW = HONEST.replace("self.model =", "time.sleep(4)\n        self.model =")
ENDLESS = HONEST.replace("self.model =", "time.sleep(3600)\n        self.model =")
BOTH_KINDS = ["sqlite", "postgresql"]


def on_sqlite(test):
    """Run a test of processes on SQLite, in `make chaos` on both kinds; services test the statements on both."""
    kinds = BOTH_KINDS if "CHAOS_JOBS" in os.environ else BOTH_KINDS[:1]
    return pytest.mark.shortened(pytest.mark.parametrize("database_kind", kinds, indirect=True)(test))


ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
WRONG_SHAPE = HONEST.replace("return self.model.predict_proba(X)", "return self.model.predict_proba(X)[:, 0]")


@pytest.fixture
def environment(home, problems, database_url, bare_environment):
    return {
        **bare_environment,
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": database_url,
        "DATABOARD_LEASE_S": "4",
        "DATABOARD_LOG_LEVEL": "INFO",
    }


@contextmanager
def worker(environment):
    """A worker process of its own session, so that a kill reaches it alone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fabric", "worker"], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def hand_in(sessions, store):
    """Submit code for a team now and return the id of the submission; mostly as if it had passed its check."""

    def hand_in(code, name, team="owls", wall_time_limit_s=60, *, is_checked=False):
        now = datetime.now(UTC)
        with transaction(sessions) as session:
            event = events.event_by_name(session, "iris_test")
            event.opens_at, event.closes_at = now - timedelta(days=1), now + timedelta(days=1)
            event.min_duration_between_submissions_s, event.wall_time_limit_s = 0, wall_time_limit_s
            event_team = event_team_in(session, event=event, team=team_by_name(session, team))
            sandbox.save(
                session, event_team=event_team, texts={"classifier": code}, user=None, store=store, now=now
            )
            row = submit.submit(session, event_team=event_team, user=None, name=name, store=store, now=now)
            row.jobs[-1].step = JobStep.check if is_checked else JobStep.train_test
            return row.id

    return hand_in


@pytest.fixture
def wait_for(sessions):
    """Wait until a submission is in one of these states; return it."""

    def wait_for(submission_id, is_there):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with transaction(sessions) as session:
                row = session.get(Submission, submission_id)
                if is_there(row):
                    return row
            time.sleep(0.1)
        raise AssertionError(f"still {row.state} after {PATIENCE_S} s")

    return wait_for


def is_final(row):
    return row.state not in PENDING_STATES


def is_training(row):
    return row.state is SubmissionState.training


def processes_below(home):
    """Return command lines of processes that belong to this test's home."""
    found = subprocess.run(["pgrep", "-af", str(home.parent)], capture_output=True, text=True).stdout
    return [line for line in found.splitlines() if "pgrep" not in line]


def test_a_submission_is_scored_and_stands_on_the_leaderboard(environment, hand_in, wait_for, sessions):
    submission_id = hand_in(HONEST, "logistic", is_checked=True)
    with worker(environment):
        assert wait_for(submission_id, is_final).state is SubmissionState.scored
    with transaction(sessions) as session:
        event = events.event_by_name(session, "iris_test")
        board = leaderboards.public_board(session, event=event, viewer=None, now=datetime.now(UTC))
    assert [(row.rank, row.team_name, row.name, row.cells[0].text) for row in board.rows] == [
        (1, "owls", "logistic", "0.88")
    ]  # the same fit and folds in plain scikit-learn: 0.8810


def test_a_killed_worker_strands_nothing_and_its_submission_is_scored_once(
    environment, hand_in, wait_for, sessions, home
):
    submission_id = hand_in(SLOW, "slow_one")
    with worker(environment) as first:
        wait_for(submission_id, is_training)
        time.sleep(1)  # a jail is running by now
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    with worker(environment):
        assert wait_for(submission_id, is_final).state is SubmissionState.scored
    with transaction(sessions) as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.n_attempts) == (JobState.success, 2)
        assert [a.error_code for a in job.attempts] == [ErrorCode.worker_lost, None]
        assert len(session.scalars(select(SubmissionScore)).all()) == 4
    assert processes_below(home) == []


def test_what_is_scored_is_blended_though_the_worker_that_blends_is_killed(
    environment, hand_in, wait_for, sessions, home
):
    submission_id = hand_in(HONEST, "logistic")
    with worker(environment) as first:
        wait_until(sessions, lambda event: event.ensemble_claimed_at)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    with worker(environment):
        event = wait_until(sessions, lambda event: event.n_ensemble_recorded == 1)
    assert (event.n_ensemble_changes, event.ensemble_claimed_at) == (1, None)
    assert wait_for(submission_id, is_final).contributivity == 1.0
    assert processes_below(home) == []


def wait_until(sessions, is_there):
    """Wait for something of the event; return it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with transaction(sessions) as session:
            event = events.event_by_name(session, "iris_test")
            if is_there(event):
                return event
        time.sleep(0.05)
    raise AssertionError(f"not there after {PATIENCE_S} s")


@on_sqlite
def test_broken_submissions_end_with_words_and_the_next_is_scored(environment, hand_in, wait_for):
    endless = hand_in(ENDLESS, "endless", wall_time_limit_s=6)
    shape = hand_in(WRONG_SHAPE, "wrong_shape", team="charlie", wall_time_limit_s=6)
    honest = hand_in(HONEST, "honest", wall_time_limit_s=6)
    with worker(environment):
        row = wait_for(endless, is_final)
        assert (row.state, row.error_code) == (SubmissionState.training_error, ErrorCode.timeout)
        row = wait_for(shape, is_final)
        assert (row.state, row.error_code) == (SubmissionState.validating_error, ErrorCode.bad_output)
        assert "(120, 3)" in row.error_message and "(120,)" in row.error_message
        assert wait_for(honest, is_final).state is SubmissionState.scored


@on_sqlite
def test_a_broken_submission_is_refused_while_another_trains(environment, hand_in, wait_for, sessions):
    endless = hand_in(ENDLESS, "endless")
    with worker(environment) as process:
        wait_for(endless, is_training)
        broken = hand_in(HONEST.replace("self.model.pre", "self.modle.pre"), "broken", is_checked=True)
        row = wait_for(broken, is_final)
        assert (row.state, row.error_code) == (SubmissionState.checking_error, ErrorCode.validating_error)
        assert "no attribute 'modle'" in row.error_message and "line 9" in row.error_message
        process.terminate()  # twice: the endless one goes back to the queue
        time.sleep(0.5)
    with transaction(sessions) as session:
        assert session.get(Submission, endless).is_pending


@on_sqlite
def test_a_cancelled_submission_leaves_no_process_within_seconds(environment, hand_in, wait_for, sessions):
    child = 'import subprocess; subprocess.run(["sleep", "3657.25"])'
    submission_id = hand_in(ENDLESS.replace("time.sleep(3600)", child), "endless")
    with worker(environment):
        wait_until_sleepers(lambda n: n == 2)
        with transaction(sessions) as session:
            control.cancel(session, JobFilter(team="owls"), actor=None, now=datetime.now(UTC))
        wait_until_sleepers(lambda n: n == 0, within_s=10)
        honest = hand_in(HONEST, "honest")
        assert wait_for(honest, is_final).state is SubmissionState.scored
    with transaction(sessions) as session:
        assert session.get(Submission, submission_id).state is SubmissionState.cancelled


def wait_until_sleepers(is_right, within_s=PATIENCE_S):
    """Wait until the number of processes that the submission started is right."""
    deadline = time.monotonic() + within_s
    while True:
        found = subprocess.run(["pgrep", "-fc", "^sleep 3657"], capture_output=True, text=True).stdout
        if is_right(int(found)):
            return
        assert time.monotonic() < deadline, f"{found} of them after {within_s} s"
        time.sleep(0.1)


@pytest.fixture
def rows_of(sessions):
    """Return everything that the database holds of a submission, by table."""
    folds = "IN (SELECT id FROM submission_folds WHERE submission_id = :id)"
    jobs = "IN (SELECT id FROM jobs WHERE submission_id = :id)"
    queries = {
        "submissions": "id = :id",
        "submission_folds": "submission_id = :id",
        "submission_fold_scores": f"submission_fold_id {folds}",
        "submission_scores": "submission_id = :id",
        "jobs": "submission_id = :id",
        "job_attempts": f"job_id {jobs}",
    }

    def rows_of(submission_id):
        with transaction(sessions) as session:
            return {
                table: session.execute(
                    text(f"SELECT * FROM {table} WHERE {where} ORDER BY id"), {"id": submission_id}
                ).all()
                for table, where in queries.items()
            }

    return rows_of


#: What blending leaves alone.
RESULTS = ("submission_fold_scores", "submission_scores", "jobs", "job_attempts")


def freeze(process, sessions):
    """Stop a worker in the middle of whatever it does, but while it holds no lock of the database."""
    with sessions() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        while True:
            os.kill(process.pid, signal.SIGSTOP)
            try:
                session.execute(text("PRAGMA busy_timeout = 0" if is_sqlite else "SET lock_timeout = 100"))
                begin_writing(session)
                session.scalars(select(Job).with_for_update()).all()
                return
            except OperationalError:
                os.kill(process.pid, signal.SIGCONT)
                time.sleep(0.05)
            finally:
                session.rollback()
                session.execute(text("PRAGMA busy_timeout = 30000" if is_sqlite else "RESET lock_timeout"))
                session.commit()


def test_a_worker_that_froze_writes_nothing_of_a_job_that_was_cancelled_meanwhile(
    environment, hand_in, wait_for, sessions, rows_of
):
    submission_id = hand_in(SLOW, "slow_one")
    with worker(environment) as process:
        wait_for(submission_id, is_training)
        freeze(process, sessions)
        with transaction(sessions) as session:
            control.cancel(session, JobFilter(team="owls"), actor=None, now=datetime.now(UTC))
        before = rows_of(submission_id)
        time.sleep(5)  # both folds are trained by now
        os.kill(process.pid, signal.SIGCONT)
        honest = hand_in(HONEST, "honest")
        assert wait_for(honest, is_final).state is SubmissionState.scored
    assert rows_of(submission_id) == before
    assert [len(before[table]) for table in ("submission_scores", "submission_fold_scores")] == [0, 0]


def test_a_worker_that_froze_writes_nothing_of_a_job_that_another_has_done(
    environment, hand_in, wait_for, sessions, rows_of
):
    submission_id = hand_in(SLOW, "slow_one")
    with worker(environment) as frozen:
        wait_for(submission_id, is_training)
        freeze(frozen, sessions)
        with worker(environment):
            assert wait_for(submission_id, is_final).state is SubmissionState.scored
        before = rows_of(submission_id)
        os.kill(frozen.pid, signal.SIGCONT)
        honest = hand_in(HONEST, "honest")
        assert wait_for(honest, is_final).state is SubmissionState.scored
    after = rows_of(submission_id)
    assert {table: after[table] for table in RESULTS} == {table: before[table] for table in RESULTS}
    assert [len(before[table]) for table in ("submission_scores", "submission_fold_scores")] == [4, 2 * 4]


NAP = HONEST.replace("self.model =", "time.sleep(1.5)\n        self.model =")


def test_a_flood_of_one_team_lets_the_next_team_in_and_is_cancelled_alone(
    environment, hand_in, wait_for, sessions, rows_of
):
    flood = [hand_in(NAP, f"flood-{number:02d}") for number in range(50)]
    with worker(environment):
        wait_for(flood[0], is_training)
        other = hand_in(NAP, "only_one", team="charlie")
        submitted_at = datetime.now(UTC)
        started_at = wait_for(other, lambda row: row.training_started_at).training_started_at
        with transaction(sessions) as session:
            assert started_between(session, flood, submitted_at, started_at) == []
            control_rows = control.cancel(session, JobFilter(team="owls"), actor=None, now=datetime.now(UTC))
        assert len(control_rows) >= 40 and {row.team for row in control_rows} == {"owls"}
        assert wait_for(other, is_final).state is SubmissionState.scored
    assert [attempt.outcome for attempt in rows_of(other)["job_attempts"]] == ["success"]
    with transaction(sessions) as session:
        ends = [session.get(Submission, row).state for row in flood]
        assert set(ends) <= {SubmissionState.cancelled, SubmissionState.scored}
        assert ends.count(SubmissionState.cancelled) == len(control_rows)


def started_between(session, submission_ids, after, before):
    """Return which of these jobs a worker took within a span of time."""
    query = select(Job.id).where(Job.submission_id.in_(submission_ids), Job.started_at.between(after, before))
    return session.scalars(query).all()


def test_scores_are_computed_anew_from_what_was_predicted_and_nothing_is_trained(
    environment, hand_in, wait_for, sessions, rows_of, home
):
    submission_id = hand_in(HONEST, "logistic")
    with worker(environment):
        first = wait_for(submission_id, is_final)
        before, files = rows_of(submission_id), list((home / "predictions").rglob("*"))
        with transaction(sessions) as session:
            words = {"from_step": JobStep.score, "actor": None, "now": datetime.now(UTC)}
            control.rerun(session, JobFilter(submission="logistic"), **words)
        assert rows_of(submission_id)["submission_scores"] == []
        second = wait_for(submission_id, is_final)
    after = rows_of(submission_id)
    assert [(row.step, row.state, row.worker) for row in after["jobs"]] == [
        ("train_test", "success", after["jobs"][0].worker),
        ("score", "success", after["jobs"][0].worker),
    ]
    for table, column in (("submission_scores", "valid_bag"), ("submission_folds", "train_time_s")):
        assert [getattr(row, column) for row in after[table]] == [
            getattr(row, column) for row in before[table]
        ]
    assert first.predictions_key == second.predictions_key
    assert list((home / "predictions").rglob("*")) == files


@on_sqlite
def test_a_worker_told_twice_to_stop_hands_its_job_back_uncounted(environment, hand_in, wait_for, sessions):
    submission_id = hand_in(ENDLESS, "endless")
    with worker(environment) as process:
        wait_for(submission_id, is_training)
        process.terminate()
        time.sleep(0.5)
        process.terminate()
        assert process.wait(20) == 0
    with transaction(sessions) as session:
        job = session.scalars(select(Job)).one()
        assert (job.state, job.n_attempts) == (JobState.waiting, 0)
        assert job.submission.state is SubmissionState.new


@on_sqlite
def test_train_test_scores_and_blends_what_waits(environment, hand_in, sessions, home):
    ids = [hand_in(HONEST, "logistic"), hand_in(HONEST.replace("1000", "3"), "lazy", team="charlie")]
    assert "2 wait or run" in fab(environment, "train_test:iris_test")
    with transaction(sessions) as session:
        shares = [session.get(Submission, row).contributivity for row in ids]
        assert sum(shares) == pytest.approx(1)
        assert len(session.scalars(select(EnsembleScore)).all()) == 2 * 4
    shutil.rmtree(home / "predictions" / f"{ids[0]:09d}")
    assert "Left out, their predictions are missing" in fab(environment, "compute_contributivity:iris_test")
    with transaction(sessions) as session:
        assert [session.get(Submission, row).contributivity for row in ids] == [0.0, 1.0]


def fab(environment, *words):
    """Return what a fab call prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "fabric", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@ON_POSTGRESQL
def test_a_database_that_is_away_for_a_while_costs_nothing(
    environment, database_url, postgres_url, hand_in, wait_for
):
    with worker(environment) as process:
        first = hand_in(HONEST, "before_it")
        wait_for(first, is_training)
        with locked_out(postgres_url, database_url):
            time.sleep(6)  # the worker notices in a heartbeat, in a progress report and between jobs
            assert process.poll() is None
        second = hand_in(HONEST, "after_it")
        assert {wait_for(row, is_final).state for row in (first, second)} == {SubmissionState.scored}


@ON_POSTGRESQL
def test_a_worker_that_starts_before_its_database_waits_for_it(
    environment, database_url, postgres_url, hand_in, wait_for
):
    submission_id = hand_in(HONEST, "early")
    with locked_out(postgres_url, database_url) as let_in, worker(environment) as process:
        time.sleep(5)  # long enough for a start
        assert process.poll() is None
        let_in()
        assert wait_for(submission_id, is_final).state is SubmissionState.scored


@contextmanager
def locked_out(server_url, database_url):
    """Let nobody into a PostgreSQL database, and throw out who is in; yield a call that opens it earlier."""
    name = database_url.split("?")[0].rsplit("/", 1)[1]
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        let_in = partial(connection.execute, text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        yield let_in
        let_in()
    engine.dispose()
