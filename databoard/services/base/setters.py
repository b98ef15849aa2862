"""Change single columns of a row by name and text, from a list of those that may be changed.

Called by the setters of events and accounts, which page and command line share.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from databoard.errors import RuleError

TRUE, FALSE = {"true", "1", "yes", "y", "on"}, {"false", "0", "no", "n", "off"}
#: The largest size that a column holds with room to add.
MAX_SIZE = 1 << 60
_SIZE = re.compile(r"(?P<number>[0-9]{1,19}(\.[0-9]{1,3})?) ?(?P<unit>([kmgt]i?)?b?)", re.IGNORECASE)
#: Reads a text into a value; a ValueError says that it is none.
Parse = Callable[[str], Any]


@dataclass(frozen=True)
class Field:
    """A column that may be changed: how its text is read, what is expected, and how a form asks for it.

    Attributes
    ----------
    kind : {"flag", "choice", "number", "moment", "text"}
    is_secret : bool
        Whether neither text nor audit may hold the value.
    is_for_admins : bool
        Whether only administrators of the site may change it.
    """

    name: str
    title: str
    parse: Parse
    expected: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    is_secret: bool = False
    is_for_admins: bool = False


@dataclass(frozen=True)
class Change:
    """What a column held before and holds now, as texts."""

    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.field}: {self.old} -> {self.new}"


def flag(text: str) -> bool:
    """Return what a text says; the word False is false."""
    word = text.strip().lower()
    if word not in TRUE | FALSE:
        raise ValueError(text)
    return word in TRUE


def whole(minimum: int, maximum: int) -> Parse:
    """Return what reads a whole number within bounds."""

    def parse(text: str) -> int:
        number = int(text) if text.strip().isascii() else minimum - 1
        if not minimum <= number <= maximum:
            raise ValueError(text)
        return number

    return parse


def size(text: str) -> int:
    """Return the bytes that a text says: ``45GB`` is 45,000,000,000, ``1 GiB`` is 1,073,741,824, ``512`` is 512."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    unit = found["unit"].lower()
    base = 1024 if "i" in unit else 1000
    n_bytes = Decimal(found["number"]) * base ** ("bkmgt".index(unit[:1]) if unit else 0)
    if not 0 <= n_bytes <= MAX_SIZE:
        raise ValueError(text)
    return int(n_bytes)


def size_or_default(text: str) -> int | None:
    """Return the bytes that a text says; ``default`` is None."""
    return None if text.strip().lower() in {"", "default", "none"} else size(text)


def times(text: str, now: int | None) -> str:
    """Return `text`, or for a factor such as ``x3`` so many times what it is `now`; of a default there is none."""
    factor = text.strip().lower().removeprefix("x")
    if now is None or factor == text.strip().lower() or not factor.isdecimal():
        return text
    return str(now * int(factor[:9]))


def moment(time_zone: str) -> Parse:
    """Return what reads a time as ISO 8601, by default in `time_zone`; ``none`` and nothing are None."""

    def parse(text: str) -> datetime | None:
        if text.strip().lower() in {"", "none", "never"}:
            return None
        found = datetime.fromisoformat(text.strip())
        try:
            return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(time_zone))).astimezone(UTC)
        except OverflowError:
            raise ValueError(text) from None

    return parse


def values_of(given: Mapping[str, str], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the checked values by field.

    Raises
    ------
    RuleError
        If a field is none that may be changed, or a text is no value of its field.
    """
    found = {}
    for name, text in given.items():
        if name not in fields:
            raise RuleError(f"{name!r} cannot be changed here. What can be: {', '.join(fields)}.")
        try:
            found[name] = fields[name].parse(text)
        except ValueError:
            got = "" if fields[name].is_secret else f", got {text[:80]!r}"
            raise RuleError(f"Expected {name} to be {fields[name].expected}{got}.") from None
    return found


def apply(row: object, values: Mapping[str, Any]) -> list[Change]:
    """Write values into a row; return what differs from before."""
    changes = [
        Change(name, text_of(getattr(row, name)), text_of(value))
        for name, value in values.items()
        if getattr(row, name) != value
    ]
    for name, value in values.items():
        setattr(row, name, value)
    return changes


def text_of(value: object) -> str:
    """Return a value as texts of changes and forms show it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, StrEnum):
        return value.value
    return "none" if value is None else str(value)


def detail_of(changes: list[Change]) -> dict[str, Any]:
    """Return changes as the audit keeps them: before and after by field."""
    return {
        "before": {change.field: change.old for change in changes},
        "after": {change.field: change.new for change in changes},
    }
