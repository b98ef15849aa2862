"""What the keeper says about itself in DATABOARD_HOME/run/, and how to ask it for a change of releases.

Written by `keeper`; read by the steps of a publication, which run on the same machine.
"""

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from databoard.errors import RuleError


@dataclass(frozen=True)
class KeeperStatus:
    """What a keeper did last.

    Attributes
    ----------
    pid : int
    release : str
        The release that answers requests.
    n_changes : int
        Changes of releases that were asked for and are over.
    why_not : str
        Why the last one failed; empty when it did not.
    """

    pid: int
    release: str
    n_changes: int
    why_not: str


def write(home: Path, status: KeeperStatus) -> None:
    """Replace the status whole."""
    path = _path(home)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(status)))
    draft.replace(path)


def remove(home: Path) -> None:
    _path(home).unlink(missing_ok=True)


def read(home: Path) -> KeeperStatus | None:
    """Return the status of the keeper that runs, None when none does."""
    try:
        status = KeeperStatus(**json.loads(_path(home).read_text()))
        os.kill(status.pid, 0)
    except (FileNotFoundError, ValueError, TypeError, ProcessLookupError):
        return None
    except PermissionError:  # it runs as another user
        pass
    return status


def change_release(home: Path, *, within_s: float, is_web_only: bool = False) -> str:
    """Ask the keeper to serve the current release and wait until it does; return its name.

    Its workers finish their jobs and start again too, unless `is_web_only`.

    Raises
    ------
    RuleError
        If no keeper runs, or the release does not start: then the keeper serves the one before.
    """
    before = read(home)
    if before is None:
        raise RuleError("Expected running services, found none. Start them: fab run_services")
    os.kill(before.pid, signal.SIGUSR1 if is_web_only else signal.SIGHUP)
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        status = read(home)
        if status is None or status.pid != before.pid:
            raise RuleError("The services ended while the release changed. Read their log.")
        if status.n_changes > before.n_changes:
            if status.why_not:
                raise RuleError(status.why_not)
            return status.release
        time.sleep(0.1)
    raise RuleError(f"The services did not change the release within {within_s:g} s. Read their log.")


def _path(home: Path) -> Path:
    return home / "run" / "services.json"
