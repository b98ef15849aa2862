"""Progress of long tasks: a step, its seconds, on standard error."""

import io

import pytest

from databoard.ops.steps import Steps


class Terminal(io.StringIO):
    def isatty(self):
        return True


def clock(*times_s):
    return iter(times_s).__next__


def test_each_step_is_one_plain_line_where_there_is_no_terminal():
    stream = io.StringIO()
    with Steps("iris", stream, clock(0.0, 0.0, 12.5, 20.0)) as begin:
        begin("reading")
        begin("training")
    assert stream.getvalue().splitlines() == [
        "iris: reading (0.0 s since the start)",
        "iris: training (12.5 s since the start)",
        "iris: done after 20.0 s",
    ]


def test_a_terminal_keeps_the_seconds_of_each_step():
    stream = Terminal()
    with Steps("iris", stream, clock(0.0, 1.0, 1.0, 4.0, 4.0, 4.0, 9.0, 9.0)) as begin:
        begin("reading")
        begin("training")
    lines = [line.rpartition("\x1b[K")[2] for line in stream.getvalue().split("\n")[:-1]]
    assert lines == ["iris: reading 3.0 s", "iris: training 5.0 s", "iris: done after 9.0 s"]


def test_a_task_that_breaks_off_says_so():
    stream = io.StringIO()
    with pytest.raises(KeyError), Steps("iris", stream, clock(0.0, 0.0, 2.0)) as begin:
        begin("reading")
        raise KeyError
    assert stream.getvalue().endswith("iris: broke off after 2.0 s\n")


def test_progress_goes_to_standard_error(capsys):
    with Steps("iris") as begin:
        begin("reading")
    said = capsys.readouterr()
    assert said.out == "" and "iris: reading" in said.err
