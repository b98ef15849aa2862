"""What `fab` refuses, and what it says then: one line, an exit code, nothing heavy read for it."""

import re
import subprocess
import sys
import time

import pytest

from tests.command_line.conftest import ROOT

HEAVY = {"pandas", "sklearn", "numpy", "flask", "sqlalchemy", "alembic", "rich"}


def test_listing_is_fast_and_imports_nothing_heavy(environ):
    program = (
        "import sys, fabric.main as m\ntry:\n m.program.run(['fab', '--list'])\nexcept SystemExit: pass\n"
        "print(sorted(sys.modules), file=sys.stderr)"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert "add-event" in done.stdout
    assert not HEAVY & set(re.findall(r"'(\w+)'", done.stderr))
    assert (
        time.monotonic() - started < 5
    )  # far below one second on an idle machine; the import check is the law


def test_listing_makes_no_home(fab, tmp_path):
    assert fab("--list")[0] == 0
    assert not (tmp_path / "home").exists()


# Exit codes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ad_event:iris"], "fab: there is no task 'ad_event'; fab --list shows them all"),
        (["add_event:iris,color=red"], "fab: add-event takes no argument 'color'; it takes: event, force"),
        (["add_event:iris,force=maybe"], "fab: add-event: force: expected True or False, got 'maybe'"),
        (["nonsense"], "fab: there is no task 'nonsense'; fab --list shows them all"),
    ],
)
def test_what_is_not_understood_is_one_line_and_exit_code_2(fab, words, said):
    assert fab(*words) == (2, "", said)


@pytest.mark.parametrize(
    "words",
    [
        ["add-event"],
        ["add-event", "--bogus"],
        ["add_event"],
        ["serve:http"],
        ["add-event", "iris", "--force=maybe"],
        ["add_problem:iris", "add_evnt:iris"],
        ["add-score-type", "x", "True"],
    ],
)
def test_a_missing_or_wrong_argument_is_one_line_and_exit_code_2(fab, words):
    code, out, said = fab(*words)
    assert (code, out, len(said.splitlines())) == (2, "", 1), said


def test_a_setting_that_cannot_be_used_is_one_line_and_exit_code_2(fab):
    code, _, said = fab("print_submissions", DATABOARD_PORT="http")
    expected = "fab: DATABOARD_PORT holds 'http'; expected a whole number from 1 to 65535."
    assert (code, said) == (2, expected)


@pytest.mark.parametrize("task", ["add_problem:iris", "print_submissions", "sign_up_team:iris,kegl"])
def test_an_empty_database_is_refused_with_the_command_that_fills_it(fab, task):
    code, _, said = fab(task)
    assert code == 1
    assert re.fullmatch(r"fab: Expected a database at revision \w+, got an empty one\. .*db upgrade", said)


def test_a_database_that_does_not_answer_is_one_line_and_exit_code_1(fab):
    code, _, said = fab("print_submissions", DATABOARD_DB_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith("fab: the database does not answer: ")


@pytest.mark.parametrize(
    "words",
    [
        ["add_event:nowhere"],
        ["add_problem:nowhere"],
        ["sign_up_team:iris,kegl"],
        ["approve_user:nobody"],
        ["print_submissions:format=xml"],
        ["add_workflow:w,unknown"],
        ["add_workflow_element_type:x,image"],
        ["create_user:kegl,four ordinary words,K,B,other@example.org"],
        ["create_user:x2,short,K,B,x@example.org"],
        ["compute_contributivity:nowhere"],
        ["delete_submission:iris,kegl,x"],
        ["make_event_admin:iris,kegl"],
    ],
)
def test_what_is_refused_is_one_line_and_exit_code_1(fab, upgraded, words):
    code, out, said = fab(*words)
    assert (code, out, len(said.splitlines())) == (1, "", 1), said


def test_the_demo_is_refused_in_production(fab, tmp_path):
    code, out, said = fab(
        "test_setup",
        DATABOARD_ENV="production",
        DATABOARD_SECRET_KEY="k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
        DATABOARD_JAIL="bubblewrap",
    )
    assert (code, out) == (1, "")
    assert said.endswith("got production. Nothing was done.")
    assert not (tmp_path / "home" / "databoard.db").exists()
