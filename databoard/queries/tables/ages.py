"""Read how old something is at least, such as ``90s``, ``5m``, ``1h`` or ``7d``. Called by `jobs` and others."""

import re
from datetime import timedelta

from databoard.errors import InvalidParameter

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parsed_age(text: str) -> timedelta:
    """Return the age that a text names.

    Raises
    ------
    InvalidParameter
        If it is none, or longer than a row can be old.
    """
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip(), re.ASCII)
    if found is None:
        raise InvalidParameter(
            f"Expected age as a number of s, m, h or d, such as 90s, 5m, 1h or 7d, got {text[:20]!r}."
        )
    age = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if age > timedelta(days=36_500):
        raise InvalidParameter(f"Expected age to be at most 36500d, got {text[:20]!r}.")
    return age
