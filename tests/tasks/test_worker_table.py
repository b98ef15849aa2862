"""The list of the workers on the command line: what it prints, and what its exit code says."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from databoard.services.queue import workers
from databoard.tasks import worker_table

OPEN = "The jail is open: tracing. See fab jail_check."


@pytest.fixture
def register(session, now):
    def register(name, *, level="A", open_layers="", at=now):
        facts = {"host": name.partition(":")[0], "pid": 7, "engine": "local", "n_slots": 2, "now": at}
        workers.register(session, name=name, jail_level=level, open_layers=open_layers, **facts)

    return register


@pytest.fixture
def show(session, now, capsys):
    """Return a function: format -> exit code, what was printed, what was told to the operator."""

    def show(format="table", jail="bubblewrap"):
        config = SimpleNamespace(lease_s=60, jail=jail)
        return worker_table.show(session, config, format, now=now), *capsys.readouterr()

    return show


def test_one_that_works_is_listed_and_all_is_well(show, register):
    register("near:7")
    code, table, told = show()
    assert code == 0 and told.startswith("The jail holds: ")
    heading, row = table.splitlines()
    assert heading.split()[:2] == ["worker", "state"] and row.split()[:2] == ["near:7", "alive"]


@pytest.mark.parametrize("format", ["table", "json", "csv"])
def test_nobody_there_is_a_failure(show, format):
    code, _, told = show(format)
    assert code == 1 and told == "No worker is running: Start one: fab worker\n"


def test_one_that_is_silent_does_not_run_submissions(show, register, now):
    register("near:7", at=now - timedelta(minutes=5))
    code, table, _ = show()
    assert code == 1 and "silent" in table


def test_one_that_was_refused_is_a_failure_beside_one_that_works(show, register):
    register("near:7")
    register("far:8", level="", open_layers=OPEN)
    code, table, told = show()
    assert code == 1 and f"A worker may not run submissions: far: {OPEN}" in told
    assert OPEN not in table and "open_layers" not in table  # a paragraph in a cell


def test_other_programs_get_every_fact(show, register):
    register("far:8", level="", open_layers=OPEN)
    (row,) = json.loads(show("json")[1])
    assert (row["worker"], row["state"], row["open_layers"]) == ("far:8", "refused", OPEN)
    heading, line, *_ = show("csv")[1].splitlines()
    assert heading.startswith("worker,state,") and line.startswith("far:8,refused,") and OPEN in line


def test_isolation_that_is_off_is_told(show, register):
    register("near:7", level="none")
    code, _, told = show(jail="none")
    assert code == 0 and "Isolation is off (DATABOARD_JAIL=none)" in told


def test_more_workers_than_a_page_has_are_listed(show, register):
    for number in range(60):
        register(f"near:{number}")
    assert len(json.loads(show("json")[1])) == 60
