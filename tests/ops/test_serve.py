"""Serve: web server and worker beside it, ended together and wholly."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard.ops import schema, serve

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def port():
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def serving(tmp_path, port):
    """`fab serve` on an upgraded database, answering; ended whatever the test does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATABOARD_")}
    environ |= {
        "DATABOARD_HOME": str(tmp_path),
        "DATABOARD_JAIL": "none",
        "DATABOARD_HOST": "127.0.0.1",
        "DATABOARD_WEB_WORKERS": "1",
    }
    schema.upgrade(f"sqlite:///{tmp_path}/databoard.db")
    command = [sys.executable, "-m", "fabric", f"serve:{port}"]
    with open(tmp_path / "said", "wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=said)
    process.said = tmp_path / "said"
    wait_for_answer(process, port)
    yield process
    process.kill()
    process.wait()


def wait_for_answer(process, port):
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=5).close()
            return
        except urllib.error.URLError:
            with pytest.raises(subprocess.TimeoutExpired):  # it still runs
                process.wait(0.2)
    raise AssertionError("no answer within 30 s")


def children(pid):
    """Return every descendant's process id."""
    try:
        direct = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [child for one in direct for child in [int(one), *children(int(one))]]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_ends_server_and_worker_and_frees_the_port(serving, port, number):
    started = children(serving.pid)
    assert len(started) >= 3  # gunicorn, its worker process, the training worker
    assert ", and only this machine can open it. Ctrl-C ends it.\n" in serving.said.read_text()
    serving.send_signal(number)
    assert serving.wait(30) == 0
    assert [pid for pid in started if is_alive(pid)] == []
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))


def test_gunicorn_listens_where_the_settings_say():
    command = serve.web_command(SimpleNamespace(host="127.0.0.1", web_workers=7), 8081)
    assert command[command.index("--bind") + 1] == "127.0.0.1:8081"
    assert command[command.index("--workers") + 1] == "7"
    assert command[-1] == "manage:application()"


def test_a_worker_that_dies_is_started_again_and_the_site_stays_up(serving, port):
    (worker,) = [pid for pid in children(serving.pid) if b"fabric\0worker" in command_line(pid)]
    os.kill(worker, signal.SIGKILL)
    for _ in range(100):
        again = [
            pid for pid in children(serving.pid) if b"fabric\0worker" in command_line(pid) and is_alive(pid)
        ]
        if again and again != [worker]:
            break
        with pytest.raises(subprocess.TimeoutExpired):
            serving.wait(0.1)
    assert again and again != [worker]
    urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=5).close()


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
