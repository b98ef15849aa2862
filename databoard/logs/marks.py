"""The request or the job that a thread works on: `AddMarks` adds it to every record. Set by `app` and `worker`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_mark: ContextVar[str] = ContextVar("mark", default="")


def mark(text: str) -> None:
    """Mark what this thread logs from now on, such as ``request 5f1c09ab``; the empty string ends it."""
    _mark.set(text)


def current_mark() -> str:
    """Return the mark of this thread."""
    return _mark.get()


@contextmanager
def marked(text: str) -> Iterator[None]:
    """Mark what this thread logs in the block, such as ``job 12``."""
    token = _mark.set(text)
    try:
        yield
    finally:
        _mark.reset(token)


class AddMarks(logging.Filter):
    """Gives each record the kind of its process and the mark of its thread."""

    def __init__(self, source: str):
        super().__init__()
        self._source = source

    def filter(self, record: logging.LogRecord) -> bool:
        record.source, record.mark = self._source, _mark.get()
        return True
