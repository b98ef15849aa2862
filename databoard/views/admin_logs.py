"""The last records of the log files, as ``fab logs`` prints them."""

from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from config import LOG_LEVELS
from databoard.errors import InvalidParameter
from databoard.logs import SOURCES, reading
from databoard.logs.reading import LogEntry
from databoard.views.access import needs_admin
from databoard.views.downloads import json_table

bp = Blueprint("admin_logs", __name__, url_prefix="/admin")
MAX_LINES, USUAL_LINES = 1000, 100
#: Unless one is chosen; requests have so many records that they would hide all others.
USUAL_SOURCES = SOURCES[:3]


@bp.get("/logs")
@needs_admin
def show() -> ResponseReturnValue:
    """Show the last records, the latest first."""
    asked = asked_for()
    facts = {"sources": SOURCES, "levels": LOG_LEVELS, "most": MAX_LINES}
    return render_template("admin/logs.html", entries=entries(**asked), chosen=asked, **facts)


@bp.get("/logs.json")
@needs_admin
def as_json() -> ResponseReturnValue:
    """Return the same records as JSON."""
    return json_table([vars(entry) for entry in entries(**asked_for())])


def asked_for() -> dict[str, Any]:
    """Return what the address asks for.

    Raises
    ------
    InvalidParameter
        Naming what may be asked for.
    """
    source, level = request.args.get("source", ""), request.args.get("level", "").upper() or "INFO"
    lines = request.args.get("lines", "") or str(USUAL_LINES)
    if source not in {"", *SOURCES}:
        raise InvalidParameter(f"Expected source to be one of {', '.join(SOURCES)}, got {source[:20]!r}.")
    if level not in LOG_LEVELS:
        raise InvalidParameter(f"Expected level to be one of {', '.join(LOG_LEVELS)}, got {level[:20]!r}.")
    if not (lines.isascii() and lines.isdecimal() and 1 <= int(lines[:9]) <= MAX_LINES):
        raise InvalidParameter(f"Expected lines to be a number from 1 to {MAX_LINES}, got {lines[:20]!r}.")
    return {"source": source, "level": level, "lines": int(lines)}


def entries(source: str, level: str, lines: int) -> list[LogEntry]:
    """Return the last records of at least a level, the latest first."""
    sources = (source,) if source else USUAL_SOURCES
    return reading.last_entries(g.config.home / "logs", sources, level=level, n=lines)[::-1]
