"""Small pictures without JavaScript: values in, the points of an SVG line out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

WIDTH, HEIGHT, MARGIN = 120, 28, 3


@dataclass(frozen=True)
class CurvePlot:
    """A line in a box of ``width`` × ``height``, and what it says in words."""

    width: int
    height: int
    points: str
    description: str


def curve_plot(values: tuple[float | None, ...]) -> CurvePlot | None:
    """Return the line through ``values`` (missing ones left out); ``None`` for fewer than two.

    The largest value is at the top and a flat line is in the middle.
    """
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    low, high = min(value for _, value in known), max(value for _, value in known)
    x_step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points = [(MARGIN + place * x_step, _y(value, low, high)) for place, value in known]
    first, last = known[0], known[-1]
    description = f"From {first[1]:.4g} with {first[0] + 1} to {last[1]:.4g} with {last[0] + 1} folds"
    return CurvePlot(WIDTH, HEIGHT, " ".join(f"{x:.1f},{y:.1f}" for x, y in points), description)


def _y(value: float, low: float, high: float) -> float:
    share = 0.5 if high == low else (value - low) / (high - low)
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)


HISTORY_WIDTH, HISTORY_HEIGHT = 600, 160


@dataclass(frozen=True)
class HistoryPlot:
    """Lines over days in one box, each a name with its points; the highest value is at the top, zero below."""

    width: int
    height: int
    lines: tuple[tuple[str, str], ...]
    first: str
    last: str
    highest: int


def history_plot(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> HistoryPlot | None:
    """Return the lines of rows with a ``day``, by the names of their columns; ``None`` for fewer than two days."""
    known = sorted(rows, key=lambda row: str(row["day"]))
    values = {title: [int(row[name] or 0) for row in known] for name, title in names.items()}
    if len(known) < 2:
        return None
    days = [date.fromisoformat(str(row["day"])).toordinal() for row in known]
    high = max(max(line) for line in values.values())
    lines = tuple((title, _history(days, line, high)) for title, line in values.items())
    first, last = str(known[0]["day"]), str(known[-1]["day"])
    return HistoryPlot(HISTORY_WIDTH, HISTORY_HEIGHT, lines, first, last, high)


def _history(days: list[int], values: list[int], high: int) -> str:
    x_step = (HISTORY_WIDTH - 2 * MARGIN) / max(days[-1] - days[0], 1)
    y_step = (HISTORY_HEIGHT - 2 * MARGIN) / max(high, 1)
    points = (
        (MARGIN + (day - days[0]) * x_step, HISTORY_HEIGHT - MARGIN - value * y_step)
        for day, value in zip(days, values, strict=True)
    )
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
