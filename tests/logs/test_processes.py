"""What the real processes log: web server, worker and commands, each to its file and to stderr, by the settings."""

import json
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard.ops import serve
from tests.secrets_in_logs import PLANTED, SECRET_KEY

ROOT = Path(__file__).resolve().parents[2]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture
def environ(bare_environment, home, sqlite_url, problems):
    names = {
        "HOME": home,
        "PROBLEMS": problems,
        "JAIL": "none",
        "SECRET_KEY": SECRET_KEY,
        "HOST": "127.0.0.1",
    }
    return {**bare_environment, **{f"DATABOARD_{name}": str(value) for name, value in names.items()}}


@pytest.fixture
def port():
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def log(home):
    """Return a function: name of a file -> what stands in it."""
    return lambda name: path.read_text() if (path := home / "logs" / f"{name}.log").exists() else ""


@contextmanager
def running(command, environ, home):
    with open(home / "said", "wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextmanager
def web(environ, home, port, **changed):
    """Run two processes of the web server; yield a function that requests a page and returns its answer."""
    command = serve.web_command(SimpleNamespace(host="127.0.0.1", web_workers=2), port)

    def get(url):
        try:
            answer = urllib.request.urlopen(f"http://127.0.0.1:{port}{url}", timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return SimpleNamespace(status=answer.status, headers=answer.headers)

    def is_there():
        try:
            return get("/healthcheck").status == 200
        except OSError:
            return False

    with running(command, {**environ, **changed}, home):
        until(is_there)
        yield get


def until(is_so):
    deadline_s = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def is_a_worker_registered(home):
    """Return whether a worker has told of itself, without a process that asks."""
    with closing(sqlite3.connect(home / "databoard.db")) as connection:
        return connection.execute("SELECT count(*) FROM workers").fetchone() == (1,)


def fab(environ, *words, **changed):
    command = [sys.executable, "-m", "fabric", *words]
    return subprocess.run(command, cwd=ROOT, env={**environ, **changed}, capture_output=True, text=True)


def test_requests_and_errors_are_logged_by_the_web_server_and_shown_by_fab(environ, home, port, log):
    with web(environ, home, port, DATABOARD_ACCESS_LOG="True") as get:
        assert get("/events/iris_test?token=planted-password").status == 200
        shutil.move(home / "databoard.db", home / "away")
        answer = get("/")
        assert answer.status == 503
        shutil.move(home / "away", home / "databoard.db")
    number, said = answer.headers["X-Request-Id"], (home / "said").read_text()
    assert re.search(rf"(?m)^{TIME} INFO databoard a web process of version \S+ is ready$", log("web"))
    away = rf"(?m)^{TIME} ERROR databoard\.web \[request {number}\] the database does not answer at GET /: "
    assert re.search(away, log("web")) and re.search(away, said)
    access = r"INFO databoard\.access \[request \w+\] user - GET /events/iris_test\S* (200|303) \d+ B \d+ ms"
    assert re.search(access, log("access")) and "planted-password" not in log("access")
    assert not re.search(access, log("web"))
    shown = fab(environ, "logs:source=web,level=ERROR")
    assert number in shown.stdout and "is ready" not in shown.stdout


@pytest.mark.parametrize(("level", "form", "has_lines"), [("INFO", "json", True), ("WARNING", "text", False)])
def test_the_level_and_the_form_are_those_of_the_settings_in_every_process(
    environ, home, port, log, level, form, has_lines
):
    environ |= {"DATABOARD_LOG_LEVEL": level, "DATABOARD_LOG_FORMAT": form}
    with web(environ, home, port):
        said = home / "said"
        assert ("is ready" in log("web")) == has_lines and ("is ready" in said.read_text()) == has_lines
    with running([sys.executable, "-m", "fabric", "worker"], environ, home):
        until(lambda: is_a_worker_registered(home))
        assert "alive" in fab(environ, "workers").stdout
        until(lambda: not has_lines or "is ready" in log("worker"))
    assert ("workers ended with code 0" in log("ops")) == has_lines
    assert ("is ready" in (home / "said").read_text()) == has_lines == ("is ready" in log("worker"))
    for line in (log("web") + log("worker") + log("ops")).splitlines():
        assert json.loads(line)["level"] in {"INFO", "WARNING"} if form == "json" else " INFO " not in line
    assert log("access") == ""


def test_a_command_logs_how_it_ended_and_none_of_its_arguments(environ, log):
    done = fab(environ, "create_user:nora,planted-password,N,N,nora@example.org")
    assert done.returncode == 0 and done.stderr == ""
    refused = fab(environ, "create_user:nora,planted-password,N,N,nora@example.org")
    assert refused.returncode == 1 and len(refused.stderr.splitlines()) == 1
    lines = re.findall(
        rf"(?m)^{TIME} INFO databoard\.commands create_user ended with code (\d) after [\d.]+ s$", log("ops")
    )
    assert lines == ["0", "1"]
    assert not [word for word in (*PLANTED, "planted-password", "nora") if word in log("ops")]
