"""Progress of long tasks: a step, its seconds, on standard error."""

import io
import itertools
import time

import pytest

from databoard.tasks.steps import Steps
from tests.support.terminals import Terminal, kept


@pytest.fixture(autouse=True)
def a_terminal_that_draws(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def clock(*times_s):
    return iter(times_s).__next__


def test_each_step_is_one_plain_line_where_there_is_no_terminal():
    stream = io.StringIO()
    with Steps("iris", stream=stream, clock_s=clock(0.0, 0.0, 12.5, 20.0)) as begin:
        begin("reading")
        begin("training")
    assert stream.getvalue().splitlines() == [
        "iris: reading (0.0 s since the start)",
        "iris: training (12.5 s since the start)",
        "iris: done after 20.0 s",
    ]


def test_a_terminal_keeps_the_seconds_of_each_step():
    stream = Terminal()
    times = itertools.repeat(0.0)
    steps = Steps("iris", stream=stream, clock_s=lambda: next(times))
    with steps as begin:  # its thread asks for the time, too: it stands still within a step
        times = itertools.repeat(1.0)
        begin("reading")
        times = itertools.repeat(4.0)
        begin("training")
        times = itertools.repeat(9.0)
    assert kept(stream.getvalue()) == [
        "iris: reading 3.0 s",
        "iris: training 5.0 s",
        "iris: done after 9.0 s",
    ]


def test_a_task_that_breaks_off_says_so():
    stream = io.StringIO()
    with pytest.raises(KeyError), Steps("iris", stream=stream, clock_s=clock(0.0, 0.0, 2.0)) as begin:
        begin("reading")
        raise KeyError
    assert stream.getvalue().endswith("iris: broke off after 2.0 s\n")


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["plain", "terminal"])
def test_what_is_refused_before_the_first_step_is_not_drowned(stream):
    with pytest.raises(KeyError), Steps("iris", stream=stream):
        raise KeyError
    assert stream.getvalue() == ""


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["plain", "terminal"])
def test_a_task_that_is_quick_says_nothing(stream):
    with Steps("iris", quiet_s=3600, stream=stream) as begin:
        begin("reading")
    assert stream.getvalue() == ""


def test_a_task_that_is_not_quick_tells_the_step_that_runs():
    stream = io.StringIO()
    with Steps("iris", quiet_s=0.01, stream=stream) as begin:
        begin("reading")
        deadline_s = time.monotonic() + 60
        while "iris: reading" not in stream.getvalue() and time.monotonic() < deadline_s:
            time.sleep(0.01)
    assert stream.getvalue().count("iris: reading") == 1
    assert "iris: done after" in stream.getvalue()


def test_progress_goes_to_standard_error_and_results_to_standard_output(capsys):
    with Steps("iris") as begin:
        begin("reading")
        begin.say("a result")
    said = capsys.readouterr()
    assert said.out == "a result\n" and "iris: reading" in said.err
