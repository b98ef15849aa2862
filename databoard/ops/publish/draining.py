"""Let the workers of other releases on this machine finish their job and end. Called by `on_target`.

Whatever started them (systemd with ``Restart=always``) starts them again, in the current release. Workers of the
keeper are left to it. No right is needed beyond that of the user that the workers run as.
"""

import os
import signal
import socket
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
    """Send SIGTERM once to each worker of this machine that runs another release; return how many got it now."""
    with open_database(config) as database, transaction(database.sessions) as session:
        query = select(Worker.pid).where(
            Worker.host == socket.gethostname()[:64], Worker.stopped_at.is_(None)
        )
        pids = list(session.scalars(query))
    marks = config.home / "run" / "drained"
    marks.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = keeper_status.read(config.home)
    return sum(_drain(pid, marks, keeper=status.pid if status else 0) for pid in pids)


def _drain(pid: int, marks: Path, *, keeper: int) -> bool:
    """Ask a worker to end after its job, unless it was asked before: a second signal would take its job away."""
    try:
        folder, words = (
            _PROC.joinpath(str(pid), "cwd").readlink(),
            (_PROC / str(pid) / "cmdline").read_bytes(),
        )
        facts = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended, or is somebody else's
        return False
    parent, started_at = int(facts[1]), facts[19]
    if b"worker" not in words.split(b"\0") or folder == ROOT or parent == keeper:
        return False
    mark = marks / f"{pid}-{started_at}"
    if mark.exists():
        return False
    mark.touch()
    os.kill(pid, signal.SIGTERM)
    return True
