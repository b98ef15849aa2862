"""What the loggers of Dask say in a worker: one line a record, no trace."""

import asyncio
import io
import logging

import pytest

from databoard.runner.executors.dask_cluster import keep_words_of_dask_short


@pytest.fixture
def said(monkeypatch):
    """What the handlers of the root wrote."""
    text = io.StringIO()
    for name in ("distributed", "distributed.client"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [logging.StreamHandler(text)])
        monkeypatch.setattr(logging.getLogger(name), "propagate", False)
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.StreamHandler(text)])
    keep_words_of_dask_short()
    return text.getvalue


@pytest.mark.parametrize("name", ["distributed", "distributed.client", "distributed.comm.tcp"])
def test_a_trace_becomes_one_line_with_its_error(said, name):
    try:
        raise OSError("in TLSConnector:\nconnection refused")
    except OSError:
        logging.getLogger(name).exception("no answer from %s", "tcp://host:1")
    assert said() == "no answer from tcp://host:1 OSError: in TLSConnector: connection refused\n"


def test_what_was_broken_off_is_no_news(said):
    try:
        raise asyncio.CancelledError
    except asyncio.CancelledError:
        logging.getLogger("distributed.client").exception("")
    assert said() == ""
