"""Engines: what every connection has, and the log of slow queries."""

import logging

import pytest
from sqlalchemy import text

from databoard.services.base import database


@pytest.mark.parametrize(("threshold_s", "n_lines"), [(0.0, 1), (3600.0, 0)])
def test_with_perf_on_a_slow_query_is_logged_on_one_line(
    database_url, monkeypatch, caplog, threshold_s, n_lines
):
    monkeypatch.setattr(database, "SLOW_QUERY_S", threshold_s)
    engine = database.make_engine(database_url, is_perf=True)
    with caplog.at_level(logging.WARNING, logger="databoard.database"), engine.connect() as connection:
        caplog.clear()
        connection.execute(text("SELECT 1\n  AS one"))
    engine.dispose()
    said = [record.getMessage() for record in caplog.records if "AS one" in record.getMessage()]
    assert len(said) == n_lines
    assert all("slow query, 0.00 s: SELECT 1 AS one" in line for line in said)


def test_without_perf_nothing_is_logged(sqlite_url, monkeypatch, caplog):
    monkeypatch.setattr(database, "SLOW_QUERY_S", 0.0)
    engine = database.make_engine(sqlite_url)
    with caplog.at_level(logging.WARNING, logger="databoard.database"), engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    assert caplog.records == []
