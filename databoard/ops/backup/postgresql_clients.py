"""Find pg_dump and pg_restore of the version of the server: a dump by another version may not go back into it.

Used by `ops.backup.postgresql`.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from databoard.errors import RuleError

#: Where Debian, Red Hat and Homebrew put the programs of one version.
_USUAL = (
    "/usr/lib/postgresql/{}/bin",
    "/usr/pgsql-{}/bin",
    "/opt/homebrew/opt/postgresql@{}/bin",
    "/usr/local/opt/postgresql@{}/bin",
)


def find_client(program: str, major: int, folder: Path | None = None) -> Path:
    """Return the path of a client program of the version `major`.

    Parameters
    ----------
    folder : Path or None
        The only place to look in; None means the usual ones.

    Raises
    ------
    RuleError
        If there is none, with what is there and what to install.
    """
    found: list[str] = []
    for path in _candidates(program, major, folder):
        version = _major_of(path)
        if version == major:
            return path
        found.append(f"{path} of version {version or 'unknown'}")
    raise RuleError(
        f"Expected {program} of PostgreSQL {major}, the version of the server, got {', '.join(found) or 'none'}. "
        f"Install it, on Debian: sudo apt-get install -y postgresql-client-{major}, or set DATABOARD_PG_BIN to the "
        "folder that has it."
    )


def _candidates(program: str, major: int, folder: Path | None) -> Iterator[Path]:
    folders = (
        [folder]
        if folder
        else [Path(each.format(major)) for each in _USUAL]
        + [Path(each) for each in os.get_exec_path() if each]
    )
    seen = set()
    for path in (each / program for each in folders):
        if path not in seen and os.access(path, os.X_OK):
            seen.add(path)
            yield path


def _major_of(path: Path) -> int | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r"\b(\d+)(?:\.\d+|beta|rc)", said)
    return int(number.group(1)) if number else None
