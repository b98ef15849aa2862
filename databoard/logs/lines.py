"""A record as a line: text for people, or JSON for programs. Both pass `hiding`.

Text: ``2026-11-28T22:15:10.123Z INFO databoard.worker [job 12] message``; lines of a traceback follow, indented.
"""

import json
import logging
from datetime import UTC, datetime

from databoard.logs.hiding import Hider


class Lines(logging.Formatter):
    """What both forms share: the time in UTC, the message and the traceback without anything hidden."""

    def __init__(self, hider: Hider):
        super().__init__()
        self._hider = hider

    def _message(self, record: logging.LogRecord) -> str:
        return self._hider.line(record.getMessage())

    def _trace(self, record: logging.LogRecord) -> list[str]:
        error = record.exc_info[1] if record.exc_info else None
        return [] if error is None else self._hider.trace(error)


def time_text(record: logging.LogRecord) -> str:
    """Return when the record was made, in UTC, to the millisecond."""
    made_at = datetime.fromtimestamp(record.created, UTC)
    return made_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TextLines(Lines):
    """Records as text."""

    def format(self, record: logging.LogRecord) -> str:
        mark = getattr(record, "mark", "")
        head = f"{time_text(record)} {record.levelname} {record.name}{f' [{mark}]' if mark else ''}"
        return "\n    ".join([f"{head} {self._message(record)}", *self._trace(record)])


class JSONLines(Lines):
    """Records as one JSON object a line; what stands in the mark, such as ``job``, is a key."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, object] = {
            "time": time_text(record),
            "level": record.levelname,
            "logger": record.name,
            "source": getattr(record, "source", ""),
            "pid": record.process,
        }
        kind, _, number = getattr(record, "mark", "").partition(" ")
        if kind:
            facts[kind] = number
        facts["message"] = self._message(record)
        if trace := self._trace(record):
            facts["traceback"] = trace
        return json.dumps(facts, ensure_ascii=False)
