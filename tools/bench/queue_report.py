"""What a simulated queue did: waits, their spread over teams, and whether what was told came true.

Called by ``queue_simulation.py``.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean


@dataclass
class Outcome:
    """What became of one submission; times in seconds after the opening."""

    team: int
    submitted_s: float
    duration_s: float
    started_s: float = 0.0
    told_at_s: float | None = None  # None: it started before anything was told
    p50_s: float = 0.0
    p90_s: float = 0.0

    @property
    def wait_s(self) -> float:
        return self.started_s - self.submitted_s

    def is_within(self, told_s: float) -> bool:
        """Whether it started within `told_s` of the moment when it was told."""
        return self.told_at_s is None or self.started_s - self.told_at_s <= told_s


@dataclass(frozen=True)
class Calibration:
    """The shares that started within what was told: of all, and of those who still waited when they were told."""

    n_all: int
    n_told: int
    p50_all: float
    p90_all: float
    p50_told: float
    p90_told: float


def calibration(outcomes: list[Outcome]) -> Calibration:
    """Return how often the told quantiles held; at once without a word holds."""
    told = [row for row in outcomes if row.told_at_s is not None]

    def shares(rows: list[Outcome]) -> Iterator[float]:
        return (
            fmean([row.is_within(told_s) for row in rows for told_s in [getattr(row, name)]] or [1.0])
            for name in ("p50_s", "p90_s")
        )

    return Calibration(len(outcomes), len(told), *shares(outcomes), *shares(told))


def report(outcomes: list[Outcome]) -> str:
    """Return the waits, their spread over teams and the calibration as text."""
    by_team = defaultdict(list)
    for row in outcomes:
        by_team[row.team].append(row.wait_s)
    means = sorted(fmean(waits) for waits in by_team.values())
    slowdowns = [fmean(waits) + 60.0 for waits in by_team.values()]
    found = calibration(outcomes)
    told = [row for row in outcomes if row.told_at_s is not None]
    return "\n".join(
        [
            f"{len(outcomes)} submissions of {len(by_team)} teams, {found.n_told} waited and were told",
            f"wait of a submission [s]: {_percentiles(sorted(row.wait_s for row in outcomes))}",
            f"mean wait of a team [s]:  {_percentiles(means)}",
            f"Jain's index of the teams' mean waits, one minute added: {jain(slowdowns):.3f}",
            f"started within P50: {found.p50_all:.1%} of all, {found.p50_told:.1%} of those who were told",
            f"started within P90: {found.p90_all:.1%} of all, {found.p90_told:.1%} of those who were told",
            f"told P90 [s]:             {_percentiles(sorted(row.p90_s for row in told) or [0.0])}",
        ]
    )


def jain(values: list[float]) -> float:
    """Return Jain's fairness index: 1 when all are alike, 1/n when one has everything."""
    return sum(values) ** 2 / (len(values) * sum(value**2 for value in values))


def _percentiles(ordered: list[float]) -> str:
    shares = (0.5, 0.75, 0.9, 0.99, 1.0)
    return "  ".join(
        f"p{100 * share:.0f} {ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.0f}"
        for share in shares
    )
