"""Counts of several processes of a web server, also of one that was killed."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from databoard.ops import serve

ROOT = Path(__file__).resolve().parents[2]
N_PROCESSES = 4


@pytest.fixture
def server(tmp_path, sqlite_stage, bare_environment):
    """A web server of four processes; where it listens, and where its processes count."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_stage / "stage.db", home / "databoard.db")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = serve.web_command(SimpleNamespace(host="127.0.0.1", web_workers=N_PROCESSES), port)
    environ = {**bare_environment, "DATABOARD_HOME": str(home)}
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        wait_until(lambda: count(port, "/healthcheck") is not None)
        yield SimpleNamespace(home=home, port=port)
    finally:
        process.terminate()
        process.wait()


def wait_until(is_true):
    deadline = time.monotonic() + 120
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def pids(home):
    """Return the processes that have counted and live."""
    names = [path.stem.rpartition("_")[2] for path in home.glob("metrics/*/counter_*.db")]
    return {int(name) for name in names if name.isdecimal()}


def read(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return answer.read().decode()


def count(port, route):
    """Return how many requests of a route were counted; None while nothing answers."""
    try:
        text = read(port, "/metrics")
    except OSError:
        return None
    found = {family.name: family for family in text_string_to_metric_families(text)}
    samples = found["databoard_http_requests"].samples if "databoard_http_requests" in found else []
    return sum(sample.value for sample in samples if sample.labels["route"] == route)


def test_a_hundred_requests_count_a_hundred_also_when_their_process_was_killed(server):
    for _ in range(100):
        read(server.port, "/healthcheck")
    assert count(server.port, "/healthcheck") == 100
    killed = max(pids(server.home))
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in pids(server.home))
    wait_until(lambda: count(server.port, "/healthcheck") is not None)
    assert count(server.port, "/healthcheck") == 100
    assert [path.name for path in server.home.glob("metrics/*/counter_ended.db")] == ["counter_ended.db"]
