"""Real `fab` and `manage.py` processes on a home of their own."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import fabric.main
import pytest

from databoard.clock import utc_now
from databoard.ops import schema
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events, provisioning
from databoard.services.people import accounts
from databoard.services.submissions import submit
from databoard.services.teams import sign_ups, teams
from databoard.tasks import console, submission_folder
from manage import cli

ROOT = Path(__file__).resolve().parents[2]

FAB = [sys.executable, "-m", "fabric"]


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


@pytest.fixture(scope="session")
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


NAME = "random_forest_10_10"


@pytest.fixture(scope="session")
def home_with_submission(tmp_path_factory, template, problems):
    """A home in which a submission of kegl waits, made once. `test_original_lines` types what makes an event."""
    home = tmp_path_factory.mktemp("deposited") / "home"
    home.mkdir()
    shutil.copy(template, home)
    engine, store, now = (
        make_engine(f"sqlite:///{home / 'databoard.db'}"),
        FileStore(home, problems),
        utc_now(),
    )
    with transaction(session_factory(engine)) as session:
        provisioning.add_problem(session, name="iris", store=store, now=now)
        provisioning.add_event(session, name="iris", store=store, now=now)
        event, team = events.event_by_name(session, "iris"), teams.team_by_name(session, "kegl")
        event_team = sign_ups.sign_up_team(session, event=event, team=team, store=store, now=now)
        files = submission_folder.files("", NAME, problems / "iris")
        submit.deposit(session, event_team=event_team, name=NAME, files=files, store=store, now=now)
    engine.dispose()
    return home


@pytest.fixture
def deposited(fab, home_with_submission, tmp_path):
    """A submission of kegl that waits; return what `fab` lists."""
    shutil.copytree(home_with_submission, tmp_path / "home")
    return lambda: json.loads(fab("print_submissions:format=json")[1])


@pytest.fixture
def set_variables(monkeypatch, bare_environment):
    """Set the variables of a site for this process; return the environment for those that it starts."""

    def set_variables(**variables):
        for name in os.environ.keys() - bare_environment.keys():
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(ROOT)
        return {**bare_environment, **variables}

    return set_variables


@pytest.fixture
def type_line(site, monkeypatch, capsys):
    """Type a line into a shell, but in this process; return exit code, output and what it said on standard error."""
    monkeypatch.setattr(console, "log_commands", lambda: None)  # the logs are the process's, here the test's
    monkeypatch.setattr(fabric.main.program, "executor_class", fabric.main.program.executor_class)
    monkeypatch.setitem(sys.modules, "fabfile", sys.modules.get("fabfile"))
    if sys.modules["fabfile"] is None:
        del sys.modules["fabfile"]

    def type_line(line):
        capsys.readouterr()
        code, words = 0, shlex.split(line)
        try:
            if words[0] == "fab":
                fabric.main.program.run(words)
            else:
                cli(words[2:])
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return code, said.out.strip(), said.err.strip()

    yield type_line
    vars(fabric.main.program).pop("core", None)
