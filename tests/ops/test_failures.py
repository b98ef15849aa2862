"""What a worker logs of what did not work: one line while something is away, the trace of anything else."""

import logging

import pytest
from sqlalchemy.exc import OperationalError

from databoard.errors import EngineLost, RuleError
from databoard.ops.failures import log_failure


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            OperationalError("UPDATE jobs", {}, Exception("connection failed: FATAL:\n  starting up\n")),
            "the database does not answer: connection failed: FATAL: starting up",
        ),
        (EngineLost("the scheduler is gone"), "the scheduler is gone"),
        (RuleError("Expected a database with accounts."), "Expected a database with accounts."),
    ],
)
def test_what_is_away_or_refused_is_told_in_one_line(caplog, error, why):
    log_failure(logging.getLogger("databoard"), error, "job %s: no heartbeat", 7)
    (record,) = caplog.records
    assert record.getMessage() == f"job 7: no heartbeat: {why}" and record.exc_info is None


def test_anything_else_is_told_with_its_trace(caplog):
    log_failure(logging.getLogger("databoard"), KeyError("fold 3"), "nothing was checked")
    assert "nothing was checked\nKeyError: 'fold 3'" in caplog.text
