"""Small pictures without JavaScript: values in, the points of an SVG line out."""

from dataclasses import dataclass

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
