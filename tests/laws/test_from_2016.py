"""Laws of the table from 2016: each line of the original has a row; what a row names is there."""

import re
import subprocess
import sys
from dataclasses import dataclass

import pytest
from flask_migrate.cli import db as migrating
from invoke.tasks import Task

import config
import fabfile
from tests import lines_of_2016
from tests.laws.tree import ROOT

TEXT = (ROOT / "docs/from_2016.md").read_text()
TASKS = {name for name, found in vars(fabfile).items() if isinstance(found, Task)}
#: Read by `locustfile.py`, not by the server.
OF_THE_LOAD_TEST = {"DATABOARD_USERNAME", "DATABOARD_PASSWORD"}
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One row of the table: the original line, what to type today, the test, and its databases or the reason."""

    original: str
    today: str
    test: str
    databases: str

    @property
    def commands(self):
        """Return all that is typed today."""
        as_it_was = [self.original] if self.today.startswith("the same") else []
        return as_it_was + re.findall(r"`([^`]+)`", self.today)


def row_of(line):
    original, today, test, databases = (cell.strip() for cell in line.strip("|").split(" | "))
    return Row(original.strip("` "), today, test.strip("`"), databases)


ROWS = [row_of(line) for line in TEXT.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("part", ["README", "OTHER_TASKS", "OPERATIONS", "KIT", "PAGES"])
def test_every_line_of_the_original_has_one_row_in_its_order(part):
    lines = getattr(lines_of_2016, part)
    assert [row.original for row in ROWS if row.original in lines] == lines


def test_every_row_is_a_line_of_the_original():
    known = {line for name in dir(lines_of_2016) if name.isupper() for line in getattr(lines_of_2016, name)}
    assert [row.original for row in ROWS if row.original not in known] == []


def test_a_row_without_a_test_on_both_databases_has_its_reason():
    assert [
        row.original
        for row in ROWS
        if not (row.databases == "both" and row.test != NOTHING) and len(row.databases.split()) < 4
    ] == []


def test_every_line_of_the_readme_has_something_to_type_today():
    assert [row.original for row in ROWS if row.original in lines_of_2016.README and not row.commands] == []


def test_every_task_setting_and_script_that_is_typed_today_is_there():
    typed = "\n".join(command for row in ROWS for command in row.commands)
    named = {name.replace("-", "_") for name in re.findall(r"fab ([\w-]+)", typed)}
    assert named - TASKS == set()
    assert set(re.findall(r"manage\.py db (\w+)", typed)) - migrating.commands.keys() == set()
    settings = {setting.variable for setting in config.SETTINGS} | OF_THE_LOAD_TEST
    assert set(re.findall(r"\b(?:DATABOARD|WTF)_\w+", typed)) - settings == set()
    assert [path for path in re.findall(r"tools/\w+\.\w+", typed) if not (ROOT / path).is_file()] == []
    assert "DATABOARD_USERNAME" in (ROOT / "locustfile.py").read_text()


def collected(tests):
    """Return the ids of all cases of these tests; each must be there."""
    options = ["--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout.splitlines()


def test_every_test_that_a_row_names_is_there_and_runs_on_the_databases_that_the_row_says():
    ids = collected(sorted({row.test for row in ROWS} - {NOTHING}))
    on_both = {row.test for row in ROWS if row.databases == "both"}
    lacking = [
        (test, kind)
        for test in sorted(on_both)
        for kind in ("sqlite", "postgresql")
        if not any(line.startswith(test) and kind in line for line in ids)
    ]
    assert lacking == []
