"""Whether the site is closed for maintenance: a file in DATABOARD_HOME says so, its text says why.

Looked at by every request and by every worker before it takes work, so it costs one ``stat``. It needs no database.
Anybody who may write in DATABOARD_HOME can make the file, also with ``touch``.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from databoard.errors import RuleError
from databoard.plain_text import strip_controls

#: The file, and the page that may replace the own one.
FLAG, OWN_PAGE = "maintenance.on", "maintenance.html"
MAX_MESSAGE = 500
#: When programs may ask again.
RETRY_AFTER_S = 60


@dataclass(frozen=True)
class Maintenance:
    """That the site is closed: since when, and what its visitors read."""

    since: datetime
    message: str


def state(home: Path) -> Maintenance | None:
    """Return since when and why the site is closed; None while it is open."""
    path = home / FLAG
    try:
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
    return Maintenance(since, _message(path))


def turn_on(home: Path, message: str = "") -> Maintenance:
    """Close the site, or change the message of a site that is closed.

    Raises
    ------
    RuleError
        If the message is too long.
    """
    message = strip_controls(message).strip()
    if len(message) > MAX_MESSAGE:
        raise RuleError(f"Expected a message of at most {MAX_MESSAGE} characters, got {len(message)}.")
    before, path = state(home), home / FLAG
    draft = home / f".{FLAG}-{os.getpid()}"
    draft.write_text(message, encoding="utf-8")
    if before is not None:
        os.utime(draft, (before.since.timestamp(),) * 2)
    draft.replace(path)
    return Maintenance(datetime.fromtimestamp(path.stat().st_mtime, UTC), message)


def turn_off(home: Path) -> bool:
    """Open the site; return whether it was closed."""
    try:
        (home / FLAG).unlink()
    except FileNotFoundError:
        return False
    return True


def own_page(home: Path) -> str | None:
    """Return the page of the operator that replaces ours; None without one."""
    try:
        return (home / OWN_PAGE).read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


def _message(path: Path) -> str:
    """Return what the file says; nothing when it cannot be read: the site is closed all the same."""
    try:
        with open(path, "rb") as file:
            text = file.read(4 * MAX_MESSAGE).decode("utf-8", "replace")
    except OSError:
        return ""
    return strip_controls(text).strip()[:MAX_MESSAGE]
