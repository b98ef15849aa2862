"""The load test as it is typed: Locust without its web page against a real server, with accounts that fab made."""

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard.clock import utc_now
from databoard.ops import serve
from databoard.services.base.database import open_engine, session_factory, transaction
from databoard.services.events import events

ROOT = Path(__file__).resolve().parents[1]
LOCUST = [sys.executable, "-m", "locust", "-f", "locustfile.py", "--headless", "-r", "10"]
#: What each journey requests, and with which answer.
JOURNEYS = {
    "log in": r"POST /login 303",
    "browse": r"GET /problems/iris 200",
    "board": r"GET /events/iris_test/leaderboard 200",
    "save": r"POST /events/iris_test/sandbox/save 303",
    "submit": r"POST /events/iris_test/sandbox/submit 303",
    "watch": r"GET /submissions/[\w-]+/state.json 200",
    "own submissions": r"GET /events/iris_test/my_submissions 200",
    "ledger": r"GET /events/iris_test/quota 200",
    "download": r"GET /events/iris_test/starting_kit 200",
}
SLOW = """
import time, manage
from flask import request

def application():
    app = manage.application()
    app.before_request(lambda: time.sleep(3) if request.path.endswith("/leaderboard") else None)
    return app
"""


@pytest.fixture
def environ(bare_environment, home, sqlite_url, problems):
    """Variables of server and load test; the machine of the tests may be slow, so that the limits are wide."""
    with open_engine(sqlite_url) as engine, transaction(session_factory(engine)) as session:
        event = events.event_by_name(session, "iris_test")
        event.opens_at, event.closes_at = utc_now() - timedelta(days=1), utc_now() + timedelta(days=1)
        event.min_duration_between_submissions_s = 1
    names = {
        "HOME": home, "PROBLEMS": problems, "ACCESS_LOG": "True", "LOAD_WAIT_S": "0,0.2",
        "LOAD_MEDIAN_MS": 60_000, "LOAD_P95_MS": 60_000, "LOAD_ONE_ROUND": "True",
    }  # fmt: skip
    return {**bare_environment, **{f"DATABOARD_{name}": str(value) for name, value in names.items()}}


@pytest.fixture
def run(environ):
    def run(*words, **changed):
        done = subprocess.run(
            words, cwd=ROOT, env={**environ, **changed}, capture_output=True, text=True, timeout=290
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def fab(run):
    return lambda *words: run(sys.executable, "-m", "fabric", *words)


@contextmanager
def serving(environ, folder, *, application="manage:application()"):
    """Run the web server; yield its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = serve.web_command(SimpleNamespace(host="127.0.0.1", web_workers=2), port)
    with open(folder / "said", "ab") as said:
        process = subprocess.Popen(
            [*command[:-1], "--pythonpath", str(folder), application],
            cwd=ROOT,
            env=environ,
            stdout=said,
            stderr=said,
        )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=60).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_three_students_go_on_every_journey_and_a_slow_board_is_exit_code_1(
    environ, run, fab, home, tmp_path
):
    made = fab("load_users:3,event=iris_test")
    assert made.returncode == 0 and (home / "load_users.csv").stat().st_mode & 0o077 == 0
    report = tmp_path / "report.html"
    with serving(environ, tmp_path) as address:
        done = run(*LOCUST, "-u", "3", "-t", "200s", "--host", address, "--html", str(report))
        assert done.returncode == 0 and "load test: passed" in done.stderr, done.stderr + done.stdout
        refused = run(*LOCUST, "-u", "4", "-t", "5s", "--host", address)
        assert refused.returncode == 1 and "Type: fab load_users:4,event=iris_test" in refused.stderr
    requests = (home / "logs" / "access.log").read_text()
    assert [name for name, line in JOURNEYS.items() if not re.search(rf"user \S+ {line}", requests)] == []
    assert len(set(re.findall(r"user (\d+) GET /events/iris_test/leaderboard", requests))) == 3
    assert "/events/iris_test/leaderboard" in report.read_text()
    (tmp_path / "slow.py").write_text(SLOW)
    with serving(environ, tmp_path, application="slow:application()") as address:
        slow = run(*LOCUST, "-u", "3", "-t", "200s", "--host", address, DATABOARD_LOAD_MEDIAN_MS="2900")
    assert slow.returncode == 1
    assert re.search(r"load test: /events/iris_test/leaderboard: median \d+ ms, limit 2900 ms", slow.stderr)


@pytest.mark.parametrize(("password", "code"), [("four ordinary words", 0), ("a wrong one", 1)])
def test_one_account_of_the_environment_is_enough_and_a_login_that_fails_is_seen(
    environ, run, tmp_path, password, code
):
    single = {"DATABOARD_USERNAME": "alice", "DATABOARD_PASSWORD": password, "WTF_CSRF_ENABLED": "False"}
    with serving({**environ, "WTF_CSRF_ENABLED": "False"}, tmp_path) as address:
        done = run(*LOCUST, "-u", "1", "-t", "200s", "--host", address, **single)
    assert done.returncode == code, done.stderr
    assert ("alice could not log in" in done.stdout + done.stderr) == bool(code)


def test_without_a_host_the_line_to_type_is_shown(run):
    done = run(*LOCUST, "-u", "1", "-t", "1s", DATABOARD_USERNAME="alice")
    assert done.returncode == 1
    assert "Type: locust -f locustfile.py --host http://127.0.0.1:8080" in done.stderr
