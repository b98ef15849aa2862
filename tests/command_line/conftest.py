"""Real `fab` and `manage.py` processes on a home of their own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from databoard.clock import utc_now
from databoard.ops import schema
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.people import accounts

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


@pytest.fixture
def deposited(fab, upgraded):
    """A submission of kegl that waits."""
    done = fab(
        "add_problem:iris", "add_event:iris", "sign_up_team:iris,kegl", f"add_submission:iris,kegl,{NAME}"
    )
    assert done[0] == 0, done
    return lambda: json.loads(fab("print_submissions:format=json")[1])
