"""The PostgreSQL server of a test run: shared, and gone when its last user is, however that ended."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import postgres_server

USER = """
import sys, time
from tests import postgres_server
with postgres_server.running(sys.argv[1]) as server:
    print(server.pid(), flush=True)
    time.sleep(3600)
"""


@pytest.fixture
def start_user():
    """Return a function that starts a process which uses a server, and the id of that server."""
    name, users = f"killed-{os.getpid()}", []

    def start_user():
        command = [sys.executable, "-c", USER, name]
        users.append(subprocess.Popen(command, cwd=postgres_server.ROOT, stdout=subprocess.PIPE, text=True))
        return users[-1], int(users[-1].stdout.readline())

    yield start_user
    for user in users:
        user.kill()
        user.communicate()


def test_the_server_ends_with_its_last_user_though_all_are_killed(start_user):
    (first, pid), (second, its_pid) = start_user(), start_user()
    assert pid == its_pid
    first.kill()
    third, its_pid = start_user()
    assert pid == its_pid
    second.kill()
    third.kill()
    deadline = time.monotonic() + postgres_server.PATIENCE_S
    folder = Path(tempfile.gettempdir()) / f"databoard-pg-killed-{os.getpid()}"
    while Path(f"/proc/{pid}").exists() or folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_was_committed_is_there_after_a_power_cut():
    with postgres_server.running(f"cut-{os.getpid()}") as server:
        engine = create_engine(server.url, pool_pre_ping=True)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 1 AS n"))
        server.restart()
        with engine.begin() as connection:
            assert connection.execute(text("SELECT n FROM kept")).scalar() == 1
        engine.dispose()
