"""Serve: web server and worker beside it, ended together and wholly."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard.errors import RuleError
from databoard.ops import schema, serve

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def port():
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def start(tmp_path, port):
    """Start `fab serve` on an upgraded database and wait until it answers; ended whatever the test does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DATABOARD_")}
    environ |= {
        "DATABOARD_HOME": str(tmp_path),
        "DATABOARD_JAIL": "none",
        "DATABOARD_HOST": "127.0.0.1",
        "DATABOARD_WEB_WORKERS": "1",
    }
    schema.upgrade(f"sqlite:///{tmp_path}/databoard.db")
    command = [sys.executable, "-m", "fabric", f"serve:{port}"]
    started, below = [], []

    def start():
        with open(tmp_path / "said", "ab") as said:
            process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=said)
        process.said = tmp_path / "said"
        started.append(process)
        wait_for_answer(process, port)
        below.extend(children(process.pid))
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
    for pid in below:  # of a test that failed
        if b"gunicorn" in command_line(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def serving(start):
    return start()


def wait_for_answer(process, port):
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=5).close()
            return
        except OSError:  # refused, or reset by an old server
            with pytest.raises(subprocess.TimeoutExpired):  # it still runs
                process.wait(0.2)
    raise AssertionError("no answer within 30 s")


def wait_until(is_so):
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("not so within 30 s")


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
    serve.wait_for_port("127.0.0.1", port, within_s=0)


def of_gunicorn(pid):
    return [child for child in children(pid) if b"gunicorn" in command_line(child)]


def test_a_web_server_that_is_killed_leaves_no_process_and_the_next_one_answers(start, port, tmp_path):
    first = start()
    master, *others = of_gunicorn(first.pid)
    assert others
    os.kill(master, signal.SIGKILL)
    assert first.wait(60) == 1
    assert [pid for pid in others if is_alive(pid)] == []
    again = start()
    assert again.poll() is None and set(of_gunicorn(again.pid)).isdisjoint({master, *others})
    assert "ended with exit code -9" in (tmp_path / "said").read_text()


def test_a_server_that_is_killed_with_all_above_it_leaves_nobody_to_answer_in_place_of_the_next(start, port):
    first = start()
    master, *old = of_gunicorn(first.pid)
    for pid in old:
        os.kill(pid, signal.SIGSTOP)  # so they cannot end by themselves
    first.kill()
    os.kill(master, signal.SIGKILL)
    again = start()
    assert [pid for pid in old if is_alive(pid)] == []
    assert set(of_gunicorn(again.pid)).isdisjoint(old)


def test_a_port_that_is_in_use_is_waited_for(start, port, tmp_path):
    with open(tmp_path / "said", "w+") as said, ThreadPoolExecutor() as pool:
        with socket.create_server(("127.0.0.1", port)):
            again = pool.submit(start)
            wait_until(lambda: "is in use; waiting up to 45 s" in said.read())
            assert not again.done()
        assert again.result().poll() is None


def test_each_process_of_the_web_server_has_a_session_of_its_own(serving):
    pids = of_gunicorn(serving.pid)
    assert len(pids) >= 2 and len({os.getsid(pid) for pid in pids}) == len(pids)


def test_a_port_that_stays_in_use_is_refused_with_what_to_do(port):
    with socket.create_server(("127.0.0.1", port)), pytest.raises(RuleError, match="another port: fab serve"):
        serve.wait_for_port("127.0.0.1", port, within_s=0.3)


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
