"""Hand in submissions to a real worker, wait for them and read what is stored of them."""

import os
import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from databoard import kits
from databoard.models import Submission
from databoard.services.base.database import transaction
from databoard.services.events import events
from databoard.services.people.access import event_team_in
from databoard.services.submissions import submit
from databoard.services.teams import sandbox
from databoard.services.teams.teams import team_by_name
from databoard.states import JobStep
from tests import postgres_server
from tests.support import light_iris
from tests.support.programs import ROOT
from tests.walk.jobs import PATIENCE_S


@pytest.fixture
def shipped(home, problems, database_url, bare_environment):
    """The settings of a worker that trains the shipped kit."""
    return {
        **bare_environment,
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": database_url,
        "DATABOARD_LEASE_S": "4",
        "DATABOARD_LOG_LEVEL": "INFO",
    }


@pytest.fixture(scope="session")
def light_problems(tmp_path_factory):
    """Problems with an iris that needs numpy only."""
    folder = tmp_path_factory.mktemp("light") / "problems"
    shutil.copytree(ROOT / "problems" / "iris", folder / "iris", ignore=shutil.ignore_patterns("data"))
    light_iris.lighten(folder / "iris")
    kits.prepare(folder / "iris")
    return folder


@pytest.fixture
def environment(shipped, light_problems, database_url):
    """The settings of a worker whose processes start fast."""
    light_iris.register(database_url, light_problems / "iris")
    return {**shipped, "DATABOARD_PROBLEMS": str(light_problems)}


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


@pytest.fixture
def own_postgres():
    """A PostgreSQL server of this test's own, which may be stopped without a word to anybody."""
    with postgres_server.running(f"walk-{os.getpid()}") as server:
        yield server
