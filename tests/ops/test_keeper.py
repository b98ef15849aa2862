"""The keeper: real processes that change releases, end together, and take over a socket of systemd."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from databoard.errors import RuleError
from databoard.ops import keeper_status, schema
from databoard.ops.keeper_status import KeeperStatus

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def environ(tmp_path, port, bare_environment):
    home = tmp_path / "home"
    home.mkdir()
    schema.upgrade(f"sqlite:///{home}/databoard.db")
    names = {"HOME": home, "JAIL": "none", "HOST": "127.0.0.1", "PORT": port, "WEB_WORKERS": 1}
    return bare_environment | {f"DATABOARD_{name}": str(value) for name, value in names.items()}


@pytest.fixture
def start(tmp_path, environ):
    """Start the services and wait until they say so; they are ended whatever the test does."""
    started = []

    def start(*before, workers=1):
        command = [*before, sys.executable, "-m", "fabric", "run-services", "--workers", str(workers)]
        with open(tmp_path / "said", "wb") as said:
            process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=said)
        started.append(process)
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def status(tmp_path):
    return keeper_status.read(tmp_path / "home")


def wait_until(is_so, within_s=120):
    for _ in range(within_s * 10):
        if found := is_so():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not so within {within_s} s")


def asked(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=60) as answer:
        return answer.status


def below(pid, word):
    """Return the processes of `pid` whose command line holds `word`."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in listed if word in Path(f"/proc/{child}/cmdline").read_bytes()}


def test_a_change_of_releases_replaces_web_server_and_worker(start, tmp_path, port):
    keeper = start()
    wait_until(lambda: status(tmp_path))
    before = wait_until(lambda: below(keeper.pid, b"gunicorn")), below(keeper.pid, b"\0worker\0")
    assert keeper_status.change_release(tmp_path / "home", within_s=100) == ROOT.name
    assert asked(port) == 200
    wait_until(lambda: below(keeper.pid, b"gunicorn").isdisjoint(before[0]))
    wait_until(lambda: len(now := below(keeper.pid, b"\0worker\0")) == 1 and now.isdisjoint(before[1]))
    keeper.terminate()
    assert keeper.wait(60) == 0 and status(tmp_path) is None


def test_a_web_server_that_cannot_start_leaves_the_one_that_serves(start, tmp_path, port):
    start(workers=0)
    wait_until(lambda: status(tmp_path))
    schema.downgrade(f"sqlite:///{tmp_path}/home/databoard.db")
    with pytest.raises(RuleError, match="the web server ended with exit code 1; its log says why"):
        keeper_status.change_release(tmp_path / "home", within_s=100)
    schema.upgrade(f"sqlite:///{tmp_path}/home/databoard.db")
    assert asked(port) == 200
    assert "Bring it up to date: python manage.py db upgrade" in (tmp_path / "said").read_text()


def test_processes_that_are_killed_are_started_again(start, tmp_path, port):
    keeper = start()
    wait_until(lambda: status(tmp_path))
    killed = wait_until(lambda: below(keeper.pid, b"gunicorn")) | wait_until(
        lambda: below(keeper.pid, b"\0worker\0")
    )
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: (now := below(keeper.pid, b"gunicorn")) and now.isdisjoint(killed))
    wait_until(lambda: (now := below(keeper.pid, b"\0worker\0")) and now.isdisjoint(killed))
    assert asked(port) == 200


def test_the_socket_of_systemd_is_taken_over(start, tmp_path, port):
    program = shutil.which("systemd-socket-activate")
    assert program, "systemd-socket-activate is missing; it belongs to systemd"
    start(program, "--listen", f"127.0.0.1:{port}", "--setenv=DATABOARD_PORT=1", *env_names())
    wait_until(lambda: is_listening(port))
    assert asked(port) == 200  # this connection starts the services


def env_names():
    return [
        f"--setenv={name}"
        for name in ("PATH", "DATABOARD_HOME", "DATABOARD_JAIL", "DATABOARD_HOST", "DATABOARD_WEB_WORKERS")
    ]


def is_listening(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def test_the_status_of_a_keeper_that_is_gone_is_none(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert keeper_status.read(tmp_path) is None
    keeper_status.write(tmp_path, KeeperStatus(ended.pid, "v1", 0, ""))
    assert keeper_status.read(tmp_path) is None
    with pytest.raises(RuleError, match="Start them: fab run_services"):
        keeper_status.change_release(tmp_path, within_s=1)


def test_a_restart_of_the_web_server_leaves_the_workers_alone(start, tmp_path, port):
    keeper = start()
    wait_until(lambda: status(tmp_path))
    web, worker = wait_until(lambda: below(keeper.pid, b"gunicorn")), below(keeper.pid, b"\0worker\0")
    assert keeper_status.change_release(tmp_path / "home", within_s=100, is_web_only=True) == ROOT.name
    wait_until(lambda: below(keeper.pid, b"gunicorn").isdisjoint(web))
    assert asked(port) == 200 and below(keeper.pid, b"\0worker\0") == worker
