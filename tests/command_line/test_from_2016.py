"""The lines of the original README, typed as they stand there on an empty database of each kind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from sqlalchemy import create_engine, text

from databoard.models import EventTeam, SandboxFile, ScoreType, Submission, Workflow
from databoard.services.base.database import open_engine, session_factory
from tests.command_line.conftest import FAB, ROOT
from tests.lines_of_2016 import AIR_PASSENGERS, DRUG_SPECTRA, VARIABLE_STARS


@pytest.fixture
def empty_url(request, database_kind, tmp_path):
    """A database without tables."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'site.db'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"of_2016_{os.getpid()}"
    administrator = create_engine(server, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administrator.dispose()


@pytest.fixture
def site(empty_url, tmp_path, problems, set_variables):
    """The variables of a site on it, for this process and those that it starts."""
    return set_variables(
        DATABOARD_HOME=str(tmp_path / "home"),
        DATABOARD_PROBLEMS=str(problems),
        DATABOARD_DB_URL=empty_url,
        DATABOARD_JAIL="none",
        DATABOARD_HOST="127.0.0.1",
        DATABOARD_WEB_WORKERS="1",
    )


@pytest.fixture
def rows(empty_url):
    """Return rows of a model as they are now."""

    def rows(model):
        with open_engine(empty_url) as engine, session_factory(engine)() as session:
            return session.query(model).order_by(model.id).all()

    return rows


def test_the_worked_examples_run_line_by_line(type_line, rows):
    assert type_line("python manage.py db upgrade")[0] == 0
    for name in ("kegl", "agramfort"):
        line = f"fab create_user:{name},'four ordinary words',K,B,{name}@example.org"
        assert type_line(line)[0] == 0
    for line in [*VARIABLE_STARS, *DRUG_SPECTRA, *AIR_PASSENGERS]:
        code, said, error = type_line(line)
        assert (code, len(said.splitlines())) == (0, 1), (line, error)
    assert len(rows(EventTeam)) == 3
    assert len(rows(SandboxFile)) == 4 + 3 + 3  # the starting kits
    ranges = {row.name: (row.is_lower_the_better, row.minimum, row.maximum) for row in rows(ScoreType)}
    assert ranges["error_mixed"] == (True, 0.0, 1.0)
    assert ranges["error_mare_mixed"] == ranges["test_score_type"] == (True, 0.0, float("inf"))
    assert "feature_extractor_regressor_with_external_data_workflow" in {row.name for row in rows(Workflow)}
    for line in [*VARIABLE_STARS[:3], *DRUG_SPECTRA[:7], *AIR_PASSENGERS[:2], *AIR_PASSENGERS[-2:]]:
        assert type_line(line)[0] == 0  # again


#: The demo with one of its problems.
TEST_SETUP = """
from databoard.ops import demo
demo.EVENTS = {"iris": "iris_test"}
from fabric.main import program
program.run(["fab", "test_setup"])
"""


def test_test_setup_trains_the_demo(site, rows):
    done = subprocess.run(
        [sys.executable, "-c", TEST_SETUP], cwd=ROOT, env=site, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "The logins are in" in done.stdout
    ends = {row.name: str(row.state) for row in rows(Submission)}
    assert ends.pop("failing_on_purpose").endswith("error")
    assert set(ends.values()) == {"scored"} and len(ends) == 3


@pytest.fixture
def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def answered(site, port, type_line):
    """Start a line that serves, ask for a page, end it as Ctrl-C does; return the page and the exit code."""
    type_line("python manage.py db upgrade")

    def answered(line, **changed):
        with subprocess.Popen(
            [*FAB, line], cwd=ROOT, env={**site, **changed}, stdout=subprocess.DEVNULL
        ) as process:
            try:
                page = read(f"http://127.0.0.1:{port}/", process)
            finally:
                process.send_signal(signal.SIGINT)
            return page, process.wait(60)

    return answered


def read(url, process):
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"ended with code {process.returncode}")


def test_serve_answers_until_it_is_stopped(answered, port):
    page, code = answered("serve", DATABOARD_PORT=str(port))
    assert ("<title>" in page, code) == (True, 0)


def test_profile_serves_and_writes_the_slowest_calls(answered, port, tmp_path):
    page, _ = answered(f"profile:{port},{tmp_path / 'profiler.log'}")
    assert "<title>" in page
    assert "PATH: '/'" in (tmp_path / "profiler.log").read_text()
