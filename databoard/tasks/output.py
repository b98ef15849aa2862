"""Print records as an aligned table, as JSON or as CSV. Called by the fab tasks that list something."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

from databoard.errors import RuleError
from databoard.tasks import terminal

FORMATS = ("table", "json", "csv")


def show(rows: Iterable[Mapping[str, object]], format: str = "table") -> None:
    """Print `rows` on standard output: a table by rich in a terminal, else what `rendered` returns.

    Raises
    ------
    RuleError
        If `format` is none of table, json, csv.
    """
    rows = list(rows)
    if format == "table" and rows and terminal.is_terminal(sys.stdout):
        terminal.print_table(list(rows[0]), _cells(rows), _are_numbers(rows), sys.stdout)
    else:
        print(rendered(rows, format), flush=True)


def rendered(rows: Iterable[Mapping[str, object]], format: str = "table") -> str:
    """Return `rows` (dicts with the same keys) as text without a final line end.

    Raises
    ------
    RuleError
        If `format` is none of table, json, csv.
    """
    require_format(format)
    rows = list(rows)
    if format == "json":
        return json.dumps(rows, indent=1, default=str)
    if format == "csv":
        return _csv(rows)
    return _table(rows) if rows else "Nothing to show."


def require_format(format: str) -> None:
    """Refuse an unknown format, before the work.

    Raises
    ------
    RuleError
        Naming all formats.
    """
    if format not in FORMATS:
        raise RuleError(f"Expected format {', '.join(FORMATS)}, got {format!r}.")


def _csv(rows: list[Mapping[str, object]]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def _table(rows: list[Mapping[str, object]]) -> str:
    lines = [list(rows[0]), *_cells(rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    is_number = _are_numbers(rows)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in lines
    )


def _cells(rows: list[Mapping[str, object]]) -> list[tuple[str, ...]]:
    """Return the cells of each row."""
    columns = [_column([row[name] for row in rows]) for name in rows[0]]
    return list(zip(*columns, strict=True))


def _are_numbers(rows: list[Mapping[str, object]]) -> list[bool]:
    """Return by column whether all its values are numbers."""
    return [all(isinstance(row[name], int | float | None) for row in rows) for name in rows[0]]


def _column(values: Sequence[object]) -> list[str]:
    """Return the cells of a column; its fractions have four digits at least, their points one below the other."""
    short = [f"{value:.4g}" for value in values if isinstance(value, float)]
    n_digits = max((len(text.partition(".")[2]) for text in short), default=0)
    form = ".4g" if any("e" in text or "n" in text for text in short) else f".{n_digits}f"
    return [
        "–" if value is None else f"{value:{form}}" if isinstance(value, float) else str(value)
        for value in values
    ]
