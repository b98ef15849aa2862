"""The records of the log files, for ``fab logs``: the last ones of some sources, and those that come."""

import contextlib
import json
import logging
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from databoard.logs.files import older

_HEAD = re.compile(r"(\d{4}-\d\d-\d\dT\S+Z) ([A-Z]+) ")
FOLLOW_EVERY_S = 0.5


@dataclass(frozen=True, order=True)
class LogEntry:
    """A record as it was written: its time, the file it stands in, its level, its lines."""

    time: str
    source: str
    level: str
    text: str


def last_entries(folder: Path, sources: tuple[str, ...], *, level: str, n: int) -> list[LogEntry]:
    """Return the last `n` records of at least `level`, oldest first; older files are read as far as needed."""
    found = [entry for source in sources for entry in _last_of(folder / f"{source}.log", level=level, n=n)]
    return sorted(found)[-n:] if n else []


def print_what_comes(folder: Path, sources: tuple[str, ...], *, level: str) -> None:
    """Print each record that is written from now on, until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        for entry in follow(folder, sources, level=level):
            print(f"{entry.source}: {entry.text}", flush=True)


def follow(folder: Path, sources: tuple[str, ...], *, level: str) -> Iterator[LogEntry]:
    """Yield each record of at least `level` that is written from now on; never ends."""
    tails = [_Tail(folder / f"{source}.log") for source in sources]
    while True:
        fresh = [entry for tail in tails for entry in tail.entries() if _is_at_least(entry.level, level)]
        yield from sorted(fresh)
        if not fresh:
            time.sleep(FOLLOW_EVERY_S)


def entries_in(text: str, *, source: str) -> Iterator[LogEntry]:
    """Yield the records of a log in either form; what belongs to no record is left out."""
    head, lines = None, list[str]()
    for line in [*text.splitlines(), None]:
        start = None if line is None else _start_of(line)
        if line is not None and start is None:
            lines.append(line)
            continue
        if head is not None:
            yield LogEntry(head[0], source, head[1], "\n".join(lines))
        head, lines = start, [] if line is None else [line]


def _start_of(line: str) -> tuple[str, str] | None:
    """Return time and level of the record that begins on this line; None when none does."""
    if found := _HEAD.match(line):
        return found[1], found[2]
    if line.startswith("{"):
        try:
            facts = json.loads(line)
            return str(facts["time"]), str(facts["level"])
        except (ValueError, KeyError):
            return None
    return None


def _is_at_least(level: str, wanted: str) -> bool:
    numbers = logging.getLevelNamesMapping()
    return numbers.get(level, logging.CRITICAL) >= numbers[wanted]


def _last_of(path: Path, *, level: str, n: int) -> list[LogEntry]:
    found: list[LogEntry] = []
    number = 0
    while len(found) < n:
        file = older(path, number) if number else path
        if not file.exists():
            if number:
                break
        else:
            text = file.read_text(encoding="utf-8", errors="replace")
            entries = entries_in(text, source=path.stem)
            found = [entry for entry in entries if _is_at_least(entry.level, level)] + found
        number += 1
    return found[-n:] if n else []


class _Tail:
    """Reads what is added to a file, and to the next one after a rotation."""

    def __init__(self, path: Path):
        self._path, self._source = path, path.stem
        self._number, self._position = None, 0
        if path.exists():
            facts = path.stat()
            self._number, self._position = facts.st_ino, facts.st_size

    def entries(self) -> list[LogEntry]:
        """Return the records that were added since the last call."""
        text = ""
        if self._number is not None and self._number != self._number_of(self._path):
            text = self._rest_of(older(self._path, 1))
            self._number, self._position = None, 0
        if self._path.exists():
            text += self._rest_of(self._path)
            self._number = self._number_of(self._path)
        return list(entries_in(text, source=self._source))

    def _rest_of(self, path: Path) -> str:
        """Return what stands behind the last position, up to the last whole line."""
        with open(path, "rb") as file:
            file.seek(self._position)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._position += len(whole)
        return whole.decode("utf-8", "replace")

    @staticmethod
    def _number_of(path: Path) -> int | None:
        try:
            return os.stat(path).st_ino
        except FileNotFoundError:
            return None
