"""Correct the next forecasts by the errors of earlier ones, so that nine of ten waits end within the P90.

A conformal correction per event: each recent wait is divided by its forecast, and the next forecasts are multiplied
by a quantile of these ratios. Submissions that still wait are counted as censored (Kaplan and Meier 1958), because
in a rush long waits are known last. Called by `services.queue.wait_forecasts`; knows no database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, sqrt
from statistics import NormalDist

#: So that a wait of 2 s where 1 s was told is no failure by a factor of two.
FLOOR_S = 15.0
#: The forecasts of an event that are looked at: the last ones tell of now, many of the whole; their middle is taken.
N_LAST, N_LATEST = 100, 1000
#: Added to them: two times ten ratios, this wide on the log scale. Their quantile is what a new event starts with.
N_TRUSTED, TRUSTED_SPREAD = 2, 0.5
#: Less is known than the forecast can say: a rush that has not begun, a worker that goes.
UNTRIED_P50, UNTRIED_P90 = 1.0, 1.05
SMALLEST, LARGEST = 0.5, 6.0
_NORMAL = tuple(NormalDist().inv_cdf((n + 0.5) / 10) for n in range(10))


@dataclass(frozen=True)
class PastWait:
    """A first forecast and how long the job waited from then on, or has waited while `has_started` is false."""

    p50_s: float
    p90_s: float
    wait_s: float
    has_started: bool


@dataclass(frozen=True)
class Calibration:
    """What the next forecasts of an event are multiplied by."""

    p50: float = UNTRIED_P50
    p90: float = UNTRIED_P90

    def applied(self, p50_s: float, p90_s: float) -> tuple[float, float]:
        """Return the corrected quantiles, in seconds."""
        likely_s = stretched(p50_s, self.p50)
        return likely_s, max(likely_s, stretched(p90_s, self.p90))


def calibration_of(past: Iterable[PastWait]) -> Calibration:
    """Return the calibration that would have made these forecasts, the latest first, right."""
    past = list(past)
    p50 = [(ratio(row.wait_s, row.p50_s), row.has_started) for row in past]
    p90 = [(ratio(row.wait_s, row.p90_s), row.has_started) for row in past]
    return Calibration(_middle(p50, 0.5, UNTRIED_P50), _middle(p90, 0.9, UNTRIED_P90))


def ratio(wait_s: float, told_s: float) -> float:
    """Return the ratio of a wait to its forecast, with a floor added to both."""
    return (wait_s + FLOOR_S) / (told_s + FLOOR_S)


def stretched(seconds: float, factor: float) -> float:
    """Return the forecast whose :func:`ratio` is smaller by `factor`, in seconds."""
    return max(0.0, (seconds + FLOOR_S) * factor - FLOOR_S)


def _middle(ratios: list[tuple[float, bool]], share: float, untried: float) -> float:
    return sqrt(_quantile(ratios[:N_LAST], share, untried) * _quantile(ratios, share, untried))


def _quantile(ratios: list[tuple[float, bool]], share: float, untried: float) -> float:
    """Return the Kaplan-Meier quantile of ratios, some of them censored, with the trusted ones among them."""
    middle = NormalDist().inv_cdf(share - 0.05)
    trusted = [(untried * exp(TRUSTED_SPREAD * (z - middle)), True) for z in _NORMAL] * N_TRUSTED
    ordered = sorted([*ratios, *trusted], key=lambda row: (row[0], not row[1]))
    survival, n_at_risk = 1.0, len(ordered)
    for value, has_started in ordered:
        if has_started:
            survival *= 1.0 - 1.0 / n_at_risk
            if survival <= 1.0 - share + 1e-12:
                return min(max(value, SMALLEST), LARGEST)
        n_at_risk -= 1
    return min(max(ordered[-1][0], SMALLEST), LARGEST)
