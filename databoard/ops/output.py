"""Print rows as an aligned table, as JSON or as CSV. Called by the fab tasks that list something."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

from databoard.errors import RuleError

FORMATS = ("table", "json", "csv")


def rendered(rows: Iterable[Mapping[str, object]], format: str = "table") -> str:
    """Return `rows` (dicts with the same keys) as text without a final line end.

    Raises
    ------
    RuleError
        If `format` is none of table, json, csv.
    """
    rows = list(rows)
    if format == "json":
        return json.dumps(rows, indent=1, default=str)
    if format == "csv":
        return _csv(rows)
    if format != "table":
        raise RuleError(f"Expected format {', '.join(FORMATS)}, got {format!r}.")
    return _table(rows) if rows else "Nothing to show."


def _csv(rows: list[Mapping[str, object]]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def _table(rows: list[Mapping[str, object]]) -> str:
    names = list(rows[0])
    columns = [_column([row[name] for row in rows]) for name in names]
    cells = list(zip(*columns, strict=True))
    widths = [max(len(line[i]) for line in [names, *cells]) for i in range(len(names))]
    is_number = [all(isinstance(row[name], int | float | None) for row in rows) for name in names]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in [names, *cells]
    )


def _column(values: Sequence[object]) -> list[str]:
    """Return the cells of a column; its fractions have four digits at least, their points one below the other."""
    short = [f"{value:.4g}" for value in values if isinstance(value, float)]
    n_digits = max((len(text.partition(".")[2]) for text in short), default=0)
    form = ".4g" if any("e" in text or "n" in text for text in short) else f".{n_digits}f"
    return [
        "–" if value is None else f"{value:{form}}" if isinstance(value, float) else str(value)
        for value in values
    ]
