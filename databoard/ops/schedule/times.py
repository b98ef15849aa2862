"""When an entry of the schedule is due: expressions of cron in UTC, and what the settings change of them."""

from collections.abc import Mapping
from datetime import datetime

from cronsim import CronSim, CronSimError

#: Instead of an expression: it never runs.
OFF = "off"


def parse_changes(text: str) -> dict[str, str]:
    """Return the expression by name of ``name=expression;name=off``.

    Raises
    ------
    ValueError
        If it is written in another way, or an expression is none.
    """
    changes = {}
    for pair in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, expression = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise ValueError(text)
        if expression != OFF:
            next_after(expression, datetime.now().astimezone())
        changes[name] = expression
    return changes


def next_after(expression: str, now: datetime) -> datetime:
    """Return the first time after `now` that an expression of cron names.

    Raises
    ------
    ValueError
        If it is none, or names no time at all.
    """
    try:
        return next(CronSim(expression, now))
    except (CronSimError, StopIteration):
        raise ValueError(expression) from None


def changed(cron: str, name: str, changes: Mapping[str, str]) -> str | None:
    """Return when an entry runs by the settings; None when they switch it off."""
    expression = changes.get(name, cron)
    return None if expression == OFF else expression
