"""The newest backup, by the names of the folders below DATABOARD_HOME. `ops.backup` makes them."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

#: A backup is called by the UTC time of its database; see `ops.backup.shelf`.
NAME, FORM = re.compile(r"\d{8}T\d{6}Z"), "%Y%m%dT%H%M%SZ"


def newest_at(home: Path) -> datetime | None:
    """Return when the newest whole backup was made; None without one."""
    try:
        names = [entry.name for entry in os.scandir(home / "backups") if NAME.fullmatch(entry.name)]
    except OSError:
        return None
    return datetime.strptime(max(names), FORM).replace(tzinfo=UTC) if names else None
