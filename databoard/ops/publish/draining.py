"""Let workers of this machine finish their job and end. Called by `on_target` and by `ops.restart`.

Whatever started them (systemd with ``Restart=always``) starts them again, in the current release. No right is needed
beyond that of the user that the workers run as.
"""

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from databoard.models import Worker
from databoard.ops import keeper_status
from databoard.services.base.database import open_database, transaction

if TYPE_CHECKING:
    from config import Config

ROOT = Path(__file__).resolve().parents[3]
_PROC = Path("/proc")


def drain_others(config: "Config") -> int:
    """Send SIGTERM once to each worker of this machine that runs another release; return how many got it now.

    Workers of the keeper are left to it.
    """
    return _drain_each(config, lambda worker: worker.folder != ROOT and not worker.is_of_keeper)


def drain_kept(config: "Config", *, with_keeper: bool) -> int:
    """Send SIGTERM once to each worker that systemd, or `with_keeper` the keeper, starts again; return how many.

    One that somebody started by hand goes on: nobody would start it again.
    """
    return _drain_each(config, lambda worker: worker.is_of_systemd or (with_keeper and worker.is_of_keeper))


@dataclass(frozen=True)
class _Process:
    """A worker as the kernel knows it."""

    pid: int
    folder: Path
    started_at: str
    is_of_keeper: bool
    is_of_systemd: bool


def _drain_each(config: "Config", is_meant: Callable[[_Process], bool]) -> int:
    with open_database(config) as database, transaction(database.sessions) as session:
        query = select(Worker.pid).where(
            Worker.host == socket.gethostname()[:64], Worker.stopped_at.is_(None)
        )
        pids = list(session.scalars(query))
    marks = config.home / "run" / "drained"
    marks.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = keeper_status.read(config.home)
    keeper = status.pid if status else 0
    found = [worker for pid in pids if (worker := _process(pid, keeper=keeper)) and is_meant(worker)]
    return sum(_drain(worker, marks) for worker in found)


def _process(pid: int, *, keeper: int) -> _Process | None:
    """Return a worker that runs; None when it has ended, is no worker by now, or is somebody else's."""
    try:
        folder, words = (
            _PROC.joinpath(str(pid), "cwd").readlink(),
            (_PROC / str(pid) / "cmdline").read_bytes(),
        )
        facts = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        name_of_parent = (_PROC / facts[1] / "comm").read_text().strip()
    except OSError:  # it ended, or is somebody else's
        return None
    if b"worker" not in words.split(b"\0"):
        return None
    return _Process(pid, folder, facts[19], int(facts[1]) == keeper, name_of_parent == "systemd")


def _drain(worker: _Process, marks: Path) -> bool:
    """Ask a worker to end after its job, unless it was asked before: a second signal would take its job away."""
    mark = marks / f"{worker.pid}-{worker.started_at}"
    if mark.exists():
        return False
    mark.touch()
    os.kill(worker.pid, signal.SIGTERM)
    return True
