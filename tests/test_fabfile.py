"""The command line as people type it: real `fab` and `manage.py` processes on a home of their own."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from databoard.clock import utc_now
from databoard.ops import schema
from databoard.services.base.database import make_engine, open_engine, session_factory, transaction
from databoard.services.people import accounts
from databoard.services.queue import jobs

ROOT = Path(__file__).resolve().parents[1]
FAB = [sys.executable, "-m", "fabric"]
HEAVY = {"pandas", "sklearn", "numpy", "flask", "sqlalchemy", "alembic", "rich"}


@pytest.fixture
def environ(tmp_path, problems):
    """Variables of a home of this test's own; no jail, so that it trains on any machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABOARD_")}
    return {
        **kept,
        "DATABOARD_HOME": str(tmp_path / "home"),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_JAIL": "none",
    }


@pytest.fixture
def run(environ):
    """Run a command of the repository; return exit code, output and what it said on standard error."""

    def run(command, **changed):
        done = subprocess.run(command, cwd=ROOT, env={**environ, **changed}, capture_output=True, text=True)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    return run


@pytest.fixture
def fab(run):
    return lambda *words, **changed: run([*FAB, *words], **changed)


@pytest.fixture
def manage(run):
    return lambda *words: run([sys.executable, "manage.py", *words])


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """An upgraded database with the user kegl, made once."""
    path = tmp_path_factory.mktemp("template") / "databoard.db"
    schema.upgrade(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    with transaction(session_factory(engine)) as session:
        accounts.create_user(session, name="kegl", email="kegl@example.org", password="x" * 10, now=utc_now())
    engine.dispose()
    return path


@pytest.fixture
def upgraded(template, tmp_path):
    """A home with the template's database."""
    (tmp_path / "home").mkdir()
    shutil.copy(template, tmp_path / "home")


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
        "test_setup", DATABOARD_ENV="production", DATABOARD_SECRET_KEY="s" * 32, DATABOARD_JAIL="bubblewrap"
    )
    assert (code, out) == (1, "")
    assert said.endswith("got production. Nothing was done.")
    assert not (tmp_path / "home" / "databoard.db").exists()


# The lines of the original README, iris in place of its problems

CLASSIC = [
    "add_workflow_element_type:classifier,code",
    "add_workflow:feature_extractor_classifier_calibrator_workflow,feature_extractor,classifier,calibrator",
    "add_score_type:test_score_type,True,0.0,inf",
    "add_problem:iris",
    "add_event:iris",
    "add_score_type:error_mare_mixed,1,0.0,inf",
    "add_score_type:error_mixed,1,0.0,1.0",
    "add_score_type:mare_mixed,1,0.0,inf",
    "add_score_type:mare,1,0.0,inf",
    "add_workflow_element_type:feature_extractor_reg,code",
    "add_workflow_element_type:feature_extractor_clf,code",
    "add_workflow:feature_extractor_classifier_regressor_workflow,feature_extractor_clf,classifier,"
    "feature_extractor_reg,regressor",
    "add_problem:iris",
    "add_event:iris",
    "sign_up_team:iris,kegl",
    "add_workflow_element_type:external_data,data",
    "add_workflow:feature_extractor_regressor_with_external_data_workflow,feature_extractor,regressor,external_data",
    "add_event:iris_test",
    "sign_up_team:iris_test,kegl",
]


def fabric_3(line):
    """Type a classic line the way of Fabric 3."""
    task, _, values = line.partition(":")
    head, *rest = values.split(",")
    return (
        [task.replace("_", "-"), head, ",".join(rest)]
        if task == "add_workflow"
        else [task.replace("_", "-"), *values.split(",")]
    )


def test_every_line_of_the_original_runs_in_order_in_the_classic_notation(fab, upgraded):
    for lines in (
        CLASSIC[:5],
        CLASSIC[5:15],
        CLASSIC[15:],
    ):  # the tasks one by one, then the two worked examples
        code, out, said = fab(*lines)
        assert (code, said, len(out.splitlines())) == (0, "", len(lines)), lines


def test_every_line_of_the_original_runs_in_order_in_the_notation_of_fabric_3(fab, upgraded):
    words = [word for line in CLASSIC for word in fabric_3(line)]
    code, out, said = fab(*words)
    assert (code, said) == (0, "")
    assert len(out.splitlines()) == len(CLASSIC)
    assert fab(*words)[0] == 0


NAME = "random_forest_10_10"


@pytest.fixture
def deposited(fab, upgraded):
    """A submission of kegl that waits."""
    done = fab(
        "add_problem:iris", "add_event:iris", "sign_up_team:iris,kegl", f"add_submission:iris,kegl,{NAME}"
    )
    assert done[0] == 0, done
    return lambda: json.loads(fab("print_submissions:format=json")[1])


def test_a_submission_is_trained_listed_and_deleted(fab, deposited):
    assert [row["state"] for row in deposited()] == ["new"]
    assert fab("train_test:iris")[0] == 0
    [row] = deposited()
    assert (row["state"], row["score"], row["contributivity"]) == ("scored", "acc", 100)
    assert row["value"] > 0.85
    code, said, _ = fab(f"delete_submission:iris,kegl,{NAME}")
    assert (code, "being computed" in said, "No worker is running" in said) == (0, True, True)
    assert deposited() == []


def test_a_state_is_set_by_hand(fab, deposited):
    assert fab(f"set_state:iris,kegl,{NAME},cancelled")[1] == f"{NAME} of kegl in iris: new -> cancelled."
    assert fab("set-state", "iris", "kegl", NAME, "new")[1].endswith("cancelled -> new.")
    code, _, said = fab(f"set_state:iris,kegl,{NAME},scored")
    assert (code, "expected one of" in said) == (1, True)


def test_jobs_are_cancelled_and_run_again(fab, deposited):
    assert "all=True means every one" in fab("cancel_jobs")[2]
    [row] = json.loads(fab("cancel_jobs:team=kegl,dry_run=True,format=json")[1])
    assert (row["old_state"], row["outcome"]) == ("new", "would be cancelled")
    assert "would be" not in fab("cancel-jobs", "--event", "iris", "--kind", "check")[1]
    assert [row["state"] for row in deposited()] == ["cancelled"]
    [row] = json.loads(fab("rerun:event=iris,state=cancelled,from_step=check,format=json")[1])
    assert row["outcome"] == "queued from check"
    assert fab("reap_jobs")[:2] == (0, "No job was lost: every running job has a live worker.")


def test_jobs_of_lost_workers_are_recovered_and_counted(fab, deposited, tmp_path):
    url = f"sqlite:///{tmp_path / 'home' / 'databoard.db'}"
    with open_engine(url) as engine, transaction(session_factory(engine)) as session:
        assert jobs.claim_next(session, worker="lost", now=utc_now() - timedelta(days=1))
    assert fab("reap_jobs")[:2] == (0, "Recovered 1 job of lost workers.")
    assert [row["state"] for row in deposited()] == ["new"]


def test_the_quota_is_told_and_more_of_it_given(fab, deposited):
    said = "kegl in iris: No limit of submissions per day."
    assert fab("grant_quota:iris,kegl,attempts=2,scored=1")[:2] == (0, said)
    [row] = json.loads(fab("quota:iris,kegl,format=json")[1])
    assert (row["team"], row["attempts_left"], row["scored"]) == ("kegl", None, None)
    assert "Expected 1 to 1000" in fab("grant-quota", "iris", "kegl")[2]
    assert fab("grant_quota:iris,kegl,attempts=1,day=soon")[0] == 2


def test_an_account_that_waits_is_approved(fab, upgraded):
    line = "create_user:wanda,four ordinary words,W,Wanda,wanda@example.org,access_level=asked"
    assert fab(line)[0] == 0
    assert [fab("approve_user:wanda")[1] for _ in range(2)] == [
        "Approved wanda.",
        "wanda is approved already.",
    ]


# manage.py


@pytest.mark.parametrize(
    "words", [["db", "current"], ["db", "migrate", "--help"], ["db", "history"], ["shell", "--help"]]
)
def test_manage_answers(manage, words):
    code, out, _ = manage(*words)
    assert code == 0
    assert out or words == ["db", "current"]


def test_the_database_is_taken_up_and_down(manage, fab):
    assert manage("db", "upgrade")[0] == 0
    assert "(head)" in manage("db", "current")[1]
    assert manage("db", "downgrade", "base")[0] == 0
    assert fab("print_submissions")[0] == 1


def test_a_setting_that_cannot_be_used_stops_manage_with_one_line(run):
    code, out, said = run([sys.executable, "manage.py", "db", "current"], DATABOARD_LEASE_S="1")
    assert (code, out) == (1, "")
    assert (
        said == "manage.py: DATABOARD_LEASE_S holds '1'; expected a whole number of seconds from 2 to 3600."
    )


def test_a_reader_that_has_enough_is_no_fault(environ, upgraded):
    line = f"{' '.join(FAB)} print_submissions:format=csv | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0\n", "")
