"""Engines: what every connection has, the log of slow queries, and that each is closed."""

import logging
import re
from types import SimpleNamespace

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DataError, OperationalError

from databoard.services.base import connections, database, slow_queries


@pytest.mark.parametrize(("threshold_s", "n_lines"), [(0.0, 1), (3600.0, 0)])
def test_with_perf_on_a_slow_query_is_logged_on_one_line(
    database_url, monkeypatch, caplog, threshold_s, n_lines
):
    monkeypatch.setattr(slow_queries, "SLOW_QUERY_S", threshold_s)
    engine = database.make_engine(database_url, is_perf=True)
    with caplog.at_level(logging.WARNING, logger="databoard.database"), engine.connect() as connection:
        caplog.clear()
        connection.execute(text("SELECT 1\n  AS one"))
    engine.dispose()
    said = [record.getMessage() for record in caplog.records if "AS one" in record.getMessage()]
    assert len(said) == n_lines
    assert all(
        re.fullmatch(
            r"slow query, \d+\.\d\d s, by test_database.py:\d+ test_with_perf\w+: SELECT 1 AS one", line
        )
        for line in said
    )


def test_without_perf_nothing_is_logged(sqlite_url, monkeypatch, caplog):
    monkeypatch.setattr(slow_queries, "SLOW_QUERY_S", 0.0)
    engine = database.make_engine(sqlite_url)
    with caplog.at_level(logging.WARNING, logger="databoard.database"), engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    assert caplog.records == []


# A database is closed however its block ends


class Broken(Exception):
    """What a block may raise."""


@pytest.mark.parametrize("error", [None, Broken, KeyboardInterrupt, SystemExit])
def test_an_opened_database_is_closed_however_the_block_ends(database_url, error):
    n_open = [0]
    try:
        with database.open_database(SimpleNamespace(db_url=database_url, is_db_perf=False)) as opened:
            event.listen(opened.engine, "connect", lambda *_: n_open.__setitem__(0, n_open[0] + 1))
            event.listen(opened.engine, "close", lambda *_: n_open.__setitem__(0, n_open[0] - 1))
            with database.transaction(opened.sessions) as session:
                assert session.scalar(text("SELECT 1")) == 1
            assert n_open == [1]
            if error is not None:
                raise error
    except (Broken, KeyboardInterrupt, SystemExit) as raised:
        assert type(raised) is error
    assert n_open == [0]


# Every connection that is lost is one kind of error


@pytest.mark.parametrize("name", ["DatabaseError", "InterfaceError", "OperationalError", "InternalError"])
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_lost_connection_is_an_operational_error_whatever_the_driver_calls_it(
    database_url, monkeypatch, name
):
    with database.open_engine(database_url) as engine, engine.connect() as connection:
        driver_error = getattr(engine.dialect.dbapi, name)

        def lose(cursor, statement, parameters, context=None):
            raise driver_error("server closed the connection unexpectedly\n\tThe row held secret values\n")

        monkeypatch.setattr(engine.dialect, "do_execute", lose)
        with pytest.raises(OperationalError, match="closed the connection") as raised:
            connection.execute(text("SELECT 1"))
        assert raised.value.connection_invalidated
        assert raised.value.orig.args == ("server closed the connection unexpectedly",)
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_an_error_that_costs_no_connection_keeps_its_kind(database_url):
    with (
        database.open_engine(database_url) as engine,
        engine.connect() as connection,
        pytest.raises(DataError),
    ):
        connection.execute(text("SELECT 1 / 0"))


# The pause after an attempt to connect that timed out


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_connection_that_was_lost_long_after_it_was_made_is_replaced_without_a_pause(
    database_url, monkeypatch
):
    with database.open_engine(database_url) as engine:
        with engine.connect() as connection:
            pid = connection.connection.dbapi_connection.info.backend_pid
        monkeypatch.setattr(connections, "WEB_CONNECT_S", 0)  # it was made longer ago than this
        with database.open_engine(database_url) as other, other.connect() as operator:
            operator.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
