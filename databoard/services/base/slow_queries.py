"""The log of slow queries: statement, duration, caller. Called by `database`.

`DATABOARD_DB_PERF` turns it on.
"""

import logging
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor

SLOW_QUERY_S = 0.5
logger = logging.getLogger("databoard.database")
PACKAGE = Path(__file__).resolve().parents[2]
#: What stands between a caller and the driver on every call.
BETWEEN = {str(Path(__file__)), str(Path(__file__).with_name("database.py")), str(PACKAGE / "app.py")}


def watch(engine: Engine) -> None:
    """Log each statement of `engine` that takes `SLOW_QUERY_S` or longer, without the values of its parameters."""
    event.listen(engine, "before_cursor_execute", _start_timer)
    event.listen(engine, "after_cursor_execute", _log_if_slow)


def _start_timer(
    connection: Connection, cursor: DBAPICursor, statement: str, parameters: object, context: Any, many: bool
) -> None:
    context.databoard_started_s = time.perf_counter()


def _log_if_slow(
    connection: Connection, cursor: DBAPICursor, statement: str, parameters: object, context: Any, many: bool
) -> None:
    duration_s = time.perf_counter() - context.databoard_started_s
    if duration_s >= SLOW_QUERY_S:
        facts = (duration_s, _caller(sys._getframe(1)), " ".join(statement.split()))
        logger.warning("slow query, %.2f s, by %s: %s", *facts)


def _caller(frame: FrameType | None) -> str:
    """Return file, line and function of the code of databoard that asked; of other code when there is none."""
    other = ""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if str(path) not in BETWEEN and "sqlalchemy" not in path.parts:
            if path.is_relative_to(PACKAGE):
                return f"{path.relative_to(PACKAGE)}:{frame.f_lineno} {frame.f_code.co_name}"
            other = other or f"{path.name}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return other
