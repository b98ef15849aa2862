"""The tasks of backups as an operator types them: real processes, a real kill -9, a disk that is really full."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from databoard.jail import bubblewrap
from databoard.ops.backup.databases import database_of
from databoard.ops.backup.shelf import Shelf
from tests.secrets_in_logs import SECRET_KEY

ROOT = Path(__file__).resolve().parents[2]
FAB = [sys.executable, "-m", "fabric"]
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PRODUCTION = {"DATABOARD_ENV": "production", "DATABOARD_SECRET_KEY": SECRET_KEY}


@pytest.fixture
def variables(bare_environment, site_environ):
    return {**bare_environment, **site_environ}


@pytest.fixture
def fab(variables):
    """Run tasks; return exit code, output and errors."""

    def fab(*words, **changed):
        done = subprocess.run(
            [*FAB, *words], cwd=ROOT, env={**variables, **changed}, capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    return fab


@pytest.fixture
def name_of_database(site):
    return database_of(site).name


def test_backup_list_restore(session, fab, site, let_go, score_one, owls, name_of_database):
    score_one(owls, "first")
    let_go()
    assert fab("backups") == (1, "Nothing to show.", "fab: a backup is overdue. Make one: fab backup")
    code, said, _ = fab("backup")
    assert (code, "Verified by a restore into scratch" in said) == (0, True)
    [listed] = json.loads(fab("backups:format=json")[1])
    assert (listed["submissions"], listed["state"], listed["missing"]) == (1, "verified", 0)
    assert fab("backup:if_due=True")[1].startswith("No backup is due before ")
    shutil.rmtree(site.home / "predictions")
    code, said, _ = fab("restore")
    command = f"fab restore:{listed['name']},yes={name_of_database}"
    assert (code, said.splitlines()[-1]) == (0, f"Nothing was done. To do it: {command}")
    assert fab("restore:yes=other")[::2] == (
        1,
        f"fab: Expected yes={name_of_database}, got yes=other. Nothing was done.",
    )
    code, said, _ = fab(command.removeprefix("fab "))
    assert (code, "1 files were brought back" in said) == (0, True), said
    assert len(Shelf.of(site.home).names()) == 2  # what was there before


@ON_SQLITE
@pytest.mark.parametrize("name", ["20200101T000000Z", "../x", "x"])
def test_a_backup_that_is_not_there_is_refused(fab, name):
    code, _, said = fab(f"restore:{name}")
    assert (code, "Expected the name of a backup" in said) == (1, True)


@ON_SQLITE
def test_while_another_one_is_made_cron_is_content_and_a_person_is_refused(fab, site, let_go):
    let_go()
    with Shelf.of(site.home).locked():
        assert fab("backup:if_due=True")[:2] == (
            0,
            "Another backup or restore is at work here. Try again when it has ended.",
        )
        assert fab("backup")[0] == 1


def test_killed_in_the_middle_it_leaves_the_earlier_ones_and_the_next_run_cleans_up(
    variables, fab, backups, add_contents, let_go
):
    assert fab("backup")[0] == 0
    [first] = Shelf(backups).names()
    add_contents(3000)
    let_go()
    process = subprocess.Popen([*FAB, "backup"], cwd=ROOT, env=variables)
    while not list(backups.glob(".making-*/submissions/*/*")):
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert Shelf(backups).names() == [first]
    assert len(list(backups.glob(".making-*"))) == 1
    assert fab("backup")[0] == 0
    assert len(Shelf(backups).names()) == 2
    assert {path.name for path in backups.iterdir() if path.name.startswith(".")} == {".lock"}


def on_small_disk(folder, script, variables):
    """Run a shell script where `folder` is a disk of 6 MB of its own."""
    command = [bubblewrap.find_bwrap(), "--dev-bind", "/", "/", "--size", "6000000", "--tmpfs", str(folder)]
    return subprocess.run(
        [*command, "sh", "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True
    )


def test_with_a_full_disk_it_fails_and_the_earlier_ones_stay(variables, backups, add_contents, let_go):
    add_contents(50)
    let_go()
    backups.mkdir()
    fab = f"'{sys.executable}' -m fabric"
    done = on_small_disk(
        backups,
        f"{fab} backup > /dev/null && ls {backups} > /dev/shm/$$.first && cat /dev/zero > {backups}/filler;"
        f"{fab} backup; echo code $?; ls -A {backups}; cat /dev/shm/$$.first; rm /dev/shm/$$.first;"
        f"rm {backups}/filler; {fab} backup > /dev/null; echo code $?",
        variables,
    )
    code, *names, last = done.stdout.splitlines()
    assert (code, last) == ("code 1", "code 0"), done.stdout + done.stderr
    name = names[-1]
    assert names == [".lock", name, "filler", name]
    said = [line for line in done.stderr.splitlines() if line.startswith("fab: ")]
    assert len(said) == 1 and "Traceback" not in done.stderr
    assert re.match(r"fab: No backup was made\. .*(No space left|disk is full|disk I/O)", said[0])
    assert said[0].endswith("Earlier backups (1) are as they were.")


# Destructive tasks


def test_deleting_a_submission_is_dry_until_its_name_is_typed(session, fab, score_one, owls, let_go, site):
    score_one(owls, "first")
    let_go()
    code, said, _ = fab("delete_submission:iris_test,owls,first")
    assert (code, "would be deleted with 1 files, 2 folds, " in said) == (0, True)
    assert said.endswith("To do it: fab delete_submission:iris_test,owls,first,yes=first")
    assert fab("delete_submission:iris_test,owls,first,yes=second")[0] == 1
    assert Shelf.of(site.home).names() == []
    code, said, _ = fab("delete_submission:iris_test,owls,first,yes=first", **PRODUCTION)
    assert (code, len(Shelf.of(site.home).names())) == (0, 1), said
    assert said.startswith(f"What is there now is backup {Shelf.of(site.home).newest()}.")
    assert fab("print_submissions")[1] == "Nothing to show."


@ON_SQLITE
def test_in_production_force_backs_up_first_and_elsewhere_it_is_as_it_was(fab, site, let_go):
    let_go()
    assert fab("add_event:iris_test,force=True")[0] == 0
    assert Shelf.of(site.home).names() == []
    code, said, _ = fab("add_event:iris_test,force=True", **PRODUCTION)
    assert (code, len(Shelf.of(site.home).names())) == (0, 1)
    assert said.splitlines()[-1].startswith("Deleted event iris_test with its submissions. Added event")


# The guard of an empty database


@ON_SQLITE
@pytest.mark.parametrize("words", ["serve", "worker", "print_submissions", "backup"])
def test_production_never_starts_on_an_empty_database_where_there_was_one(
    fab, home, let_go, words, variables
):
    let_go()
    changed = {**PRODUCTION, "DATABOARD_HOSTS": "*"}
    assert fab("print_submissions", **changed)[0] == 0
    (home / "databoard.db").unlink()
    code, said, error = fab(words, **changed)
    assert (code, said) == (1, "")
    assert error.startswith("fab: Expected the database of this site, which has accounts, got an empty one.")
    assert "fab restore" in error and str(home / "has_accounts") in error


@ON_SQLITE
def test_the_web_application_is_not_made_then_either(home, let_go, variables):
    let_go()
    (home / "has_accounts").touch()
    (home / "databoard.db").unlink()
    environ = {**variables, **PRODUCTION, "DATABOARD_HOSTS": "*"}
    command = [sys.executable, "-c", "import manage; manage.application()"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 1 and "which has accounts, got an empty one" in done.stderr


@ON_SQLITE
def test_a_lost_database_is_restored_in_production(fab, home, let_go):
    let_go()
    assert fab("backup", **PRODUCTION)[0] == 0
    (home / "databoard.db").unlink()
    assert fab("backups", **PRODUCTION)[0] == 0
    assert "would become the database databoard.db" in fab("restore", **PRODUCTION)[1]
    assert fab("restore:yes=databoard.db", **PRODUCTION)[0] == 0
    assert fab("print_submissions", **PRODUCTION)[0] == 0


# The scripts for cron


@ON_SQLITE
def test_the_scripts_of_cron_back_up_and_tidy(variables, site, let_go, tmp_path):
    let_go()
    settings = tmp_path / "settings"
    settings.touch(mode=0o600)
    settings.write_text("".join(f"{k}={v}\n" for k, v in variables.items() if k.startswith("DATABOARD_")))
    bare = {k: v for k, v in variables.items() if not k.startswith("DATABOARD_")}
    environ = {**bare, "DATABOARD_ENV_FILE": str(settings), "PYTHON": sys.executable}
    for script in ("dump_db.sh", "housekeeping.sh"):
        command = ["sh", str(ROOT / "tools" / script)]
        done = subprocess.run(command, cwd="/", env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert len(Shelf.of(site.home).names()) == 1


@ON_SQLITE
def test_the_script_of_the_test_site_makes_one(variables, fab, let_go, tmp_path, backups):
    let_go()
    assert fab("backup")[0] == 0
    environ = {
        **variables,
        "PYTHON": sys.executable,
        "DATABOARD_HOME": str(tmp_path / "other"),
        "DATABOARD_TEST": "True",
    }
    run = {"cwd": "/", "env": environ, "capture_output": True, "text": True}
    script = ["sh", str(ROOT / "tools/prod_db_to_test.sh"), str(backups)]
    done = subprocess.run(script, **run)
    assert (done.returncode, "Nothing was done" in done.stdout) == (0, True), done.stderr
    done = subprocess.run([*script, "databoard_test.db"], **run)
    assert (done.returncode, "user0005 as administrator" in done.stdout) == (0, True), done.stderr
    assert os.path.exists(tmp_path / "other/databoard_test.db")
