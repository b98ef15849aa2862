"""Tables and bars of a terminal: aligned, wrapped instead of cut, without colours where they are not wanted."""

import ast
import re
import sys
from pathlib import Path

import pytest

from databoard.tasks import output, terminal
from tests.support.terminals import Terminal, kept

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    {
        "team": "owls",
        "submission": "forest_of_a_hundred_trees",
        "score": 0.5,
        "note": "[red]no markup[/red] :smile:",
    },
    {"team": "charlie", "submission": "x", "score": 0.25, "note": ""},
]
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")


@pytest.fixture
def screen(monkeypatch):
    """Return a function: rows -> what is drawn in a terminal of that width."""

    def screen(rows, width=120, **environment):
        stream = Terminal()
        for name, value in {"TERM": "xterm-256color", "COLUMNS": str(width), **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdout", stream)
        output.show(rows)
        return stream.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    return screen


def test_a_table_of_a_terminal_shows_what_the_plain_one_shows(screen):
    drawn = kept(screen(ROWS))
    assert [line.split() for line in drawn] == [line.split() for line in output.rendered(ROWS).splitlines()]
    assert [line.index("0.") for line in drawn[1:]] == [drawn[1].index("0.50")] * 2


@pytest.mark.parametrize("width", [60, 40])
def test_a_narrow_terminal_wraps_and_loses_no_character(screen, width):
    text = screen(ROWS, width)
    lines = kept(text)
    assert max(map(len, lines)) <= width
    cells = "".join(f"{name}" for name in ROWS[0]) + "".join(
        f"{cell:.2f}" if isinstance(cell, float) else cell for row in ROWS for cell in row.values()
    )
    assert sorted("".join(lines).replace(" ", "")) == sorted(cells.replace(" ", ""))


@pytest.mark.parametrize("width", [30, 20])
def test_columns_that_do_not_fit_beside_each_other_stand_one_below_the_other(screen, width):
    lines = kept(screen(ROWS, width))
    assert max(map(len, lines)) <= width
    assert lines[0].split() == ["team", "owls"]
    assert sum(line.startswith("team") for line in lines) == len(ROWS)
    assert "".join(lines).replace(" ", "").count("forest_of_a_hundred_trees"[-5:]) == 1


def test_colours_are_left_out_where_no_color_is_set(screen):
    assert COLOUR.search(screen(ROWS))
    assert not COLOUR.search(screen(ROWS, NO_COLOR="1"))


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_that_cannot_draw_gets_plain_text(screen, environment):
    assert screen(ROWS, **environment) == output.rendered(ROWS) + "\n"


def test_what_is_no_terminal_gets_plain_text(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    output.show(ROWS)
    assert capsys.readouterr().out == output.rendered(ROWS) + "\n"


def test_a_bar_is_gone_when_it_is_closed(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with terminal.Bar(stream) as bar:
        bar.show(1, 2, "first")
        bar.show(2, 2, "second")
    assert "second" in stream.getvalue() and kept(stream.getvalue()) == []


def test_a_step_without_a_share_moves_again_after_one_that_was_finished(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    line = terminal.LiveLine(Terminal())
    line.show("folds", 1.0)
    line.show("scoring")
    assert (line._progress.tasks[0].total, line._progress.finished) == (None, False)
    line.clear()


def test_only_this_module_imports_rich():
    importers = [
        path.name
        for path in (ROOT / "databoard").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import) and "rich" in ast.unparse(node).split(".")[0].split()
    ]
    assert set(importers) == {"terminal.py"}
