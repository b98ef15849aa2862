"""A database that is away, at the start of a worker or in the middle of its work, costs no submission anything."""

import time
from contextlib import contextmanager
from functools import partial

from sqlalchemy import create_engine, text

from databoard.states import SubmissionState
from tests.walk.jobs import HONEST, ON_POSTGRESQL, is_final, is_training, worker


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
