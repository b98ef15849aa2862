"""Scores and times with the digits that people may see: rounded here, once, for every page, JSON and CSV.

A score is computed from hidden labels, and its 16 digits hold 53 bits of them: a log loss told 15 of 15. So a row
that leaves `queries` holds no more than the digits that its event shows, for organisers too. Exact numbers stay
in the database, where ranking, blending and rescoring read them.
"""

import math
from dataclasses import dataclass
from typing import Protocol

#: No score shows more digits than these, or than the digits after the point that its event asks for: predictions
#: that are large enough would write labels before the point instead of behind it.
SIGNIFICANT_DIGITS = 6
#: From here on a number is written with its power of ten.
_LARGE = 1e15
#: Times are told to the millisecond.
TIME_DIGITS = 3


class HasDigits(Protocol):
    """A score type as an event shows it."""

    @property
    def name(self) -> str:
        """Return the name that the event shows."""

    @property
    def precision(self) -> int:
        """Return the number of digits after the point."""


@dataclass(frozen=True)
class ScoreCell:
    """One score: its rounded value, the same as text, and whether it is the best of its column."""

    name: str
    value: float | None
    text: str
    is_best: bool = False


def score_cell(score_type: HasDigits, value: float | None, *, name: str = "") -> ScoreCell:
    """Return a score of an event as a cell, under the name of its score type unless another is given."""
    precision = score_type.precision
    return ScoreCell(name or score_type.name, shown_score(value, precision), score_text(value, precision))


def score_text(value: float | None, precision: int) -> str:
    """Return a score with its score type's digits; a dash when there is none."""
    shown = shown_score(value, precision)
    if shown is None:
        return "–"
    if abs(shown) < _first_long(precision):
        return f"{shown:.{precision}f}"
    if abs(shown) >= _LARGE:
        return f"{shown:.{SIGNIFICANT_DIGITS - 1}e}"
    return f"{shown:.0f}" if shown.is_integer() else repr(shown)


def shown_score(value: float | None, precision: int) -> float | None:
    """Return a score as a number that tells no more than :func:`score_text`; ``None`` when there is none."""
    if value is None or math.isnan(value):
        return None
    if abs(value) < _first_long(precision):
        return round(value, precision) + 0.0  # without the sign of a zero
    return float(f"{value:.{max(SIGNIFICANT_DIGITS, precision) - 1}e}")


def shown_time_s(seconds: float | None) -> float | None:
    """Return a time to the millisecond, ``None`` when there is none."""
    return None if seconds is None else round(seconds, TIME_DIGITS)


def _first_long(precision: int) -> float:
    """Return the smallest number that has more digits than may be shown when all after its point are."""
    return 10.0 ** (max(SIGNIFICANT_DIGITS, precision) - precision)
