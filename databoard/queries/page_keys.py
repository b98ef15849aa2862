"""The keys of rows in addresses of pages: text that names the values of a row in the columns that sort a list.

A key comes back from the browser and may be anything. It counts only when its values have the types of the columns.
Called by `paging`.
"""

import base64
import json
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from databoard.errors import InvalidParameter

#: The values of a row in the columns that sort a list.
Key = tuple[Any, ...]

#: What the columns that sort a list may hold.
TYPES = (int, float, bool, str, date, datetime)
MAX_CHARACTERS = 1000
MAX_INTEGER = 2**63 - 1


class NoKey(InvalidParameter):
    """The key in the address of a page was not made by this server for this list."""


def key_text(key: Key) -> str:
    """Return a key as text for an address."""
    values = [value.isoformat() if isinstance(value, date) else value for value in key]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def parsed_key(text: str, types: Sequence[tuple[type, bool]], *, is_strict: bool) -> Key | None:
    """Return the key in a text; None when it is none for columns of these types.

    Parameters
    ----------
    types : sequence of (type, bool)
        Of each column: the type of its values, and whether there may be none.

    Raises
    ------
    NoKey
        Instead of returning None, with `is_strict`.
    """
    try:
        return _parse(text, types)
    except (ValueError, OverflowError, RecursionError):
        if is_strict:
            raise NoKey("Expected a key from the link to the next or previous page of this list.") from None
        return None


def _parse(text: str, types: Sequence[tuple[type, bool]]) -> Key:
    if len(text) > MAX_CHARACTERS or not text.isascii():
        raise ValueError("too long, or of other characters")
    padded = text + "=" * (-len(text) % 4)
    values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(values, list) or len(values) != len(types):
        raise ValueError("not as many values as columns")
    return tuple(
        _value(value, kind, is_nullable) for value, (kind, is_nullable) in zip(values, types, strict=True)
    )


def _value(value: object, kind: type, is_nullable: bool) -> object:
    if value is None and is_nullable:
        return None
    if kind in {date, datetime}:
        return _moment(value, kind)
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}, got {type(value).__name__}")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ValueError("too large for a database")
    if isinstance(value, float) and math.isnan(value):
        raise ValueError("not a number, which no column holds")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("a character that no column holds")
    if isinstance(value, str):
        value.encode()  # a UnicodeEncodeError for half of a surrogate pair is a ValueError
    return value


def _moment(value: object, kind: type) -> date:
    if not isinstance(value, str):
        raise ValueError("expected the text of a time")
    if kind is date:
        return date.fromisoformat(value)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("expected a time with a zone")
    return moment.astimezone(UTC)
