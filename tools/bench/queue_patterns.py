"""Who submits when, and how long it trains: the patterns that ``queue_simulation.py`` plays.

Chance enters here and nowhere else. Durations are not of the kind that the forecast assumes: most are log-normal
about a median of their team, some fail within seconds, a few run into their time limit.
"""

import math
from dataclasses import dataclass
from random import Random

MIN_BETWEEN_S = 900.0
TIME_LIMIT_S = 1200.0


@dataclass(frozen=True)
class Submitted:
    """A submission of team number `team`, `at_s` seconds after the opening."""

    at_s: float
    team: int
    duration_s: float


def submissions(
    pattern: str, *, n_teams: int, n_workers: int, per_team: float, load: float, random: Random
) -> tuple[list[Submitted], float]:
    """Return the submissions of a course in order of time, and when it closes, in seconds.

    Parameters
    ----------
    pattern : str
        One of :data:`PATTERNS`.
    per_team : float
        Mean number of submissions of a team.
    load : float
        Work in all, as a share of what the workers could do until the deadline.
    """
    medians = [60.0 * math.exp(random.gauss(0.0, 0.7)) for _ in range(n_teams)]
    teams = [team for team in range(n_teams) for _ in range(_poisson(per_team, random))]
    durations: dict[int, list[float]] = {team: [] for team in range(n_teams)}
    for team in teams:
        durations[team].append(_duration(medians[team], random))
    closes_s = sum(map(sum, durations.values())) / (n_workers * load)
    place = PATTERNS[pattern]
    rows = []
    for team, seconds in durations.items():
        moments = sorted(closes_s * place(random) for _ in seconds)
        rows += [
            Submitted(at_s, team, s) for at_s, s in zip(_spaced(moments, closes_s), seconds, strict=True)
        ]
    if pattern == "flood":
        rows += _floods(n_teams, medians, closes_s, random)
    return sorted(rows, key=lambda row: (row.at_s, row.team)), closes_s


def _steady(random: Random) -> float:
    return random.random()


def _rush(random: Random) -> float:
    """More and more until the deadline: the rate doubles with each eighth of the time."""
    return 1.0 + math.log2(2.0**-8 + random.random() * (1.0 - 2.0**-8)) / 8.0


def _waves(random: Random) -> float:
    """Five lessons; in the last minutes of each most submit."""
    return (random.randrange(5) + min(0.999, max(0.0, random.gauss(0.8, 0.08)))) / 5.0


#: By name: draws a moment as a share of the time until the deadline.
PATTERNS = {"rush": _rush, "steady": _steady, "waves": _waves, "flood": _steady}


def _floods(n_teams: int, medians: list[float], closes_s: float, random: Random) -> list[Submitted]:
    """Return what one team of fifty sends at once, thirty times the same with small changes."""
    rows = []
    for team in random.sample(range(n_teams), max(2, n_teams // 50)):
        at_s = closes_s * random.uniform(0.1, 0.8)
        rows += [Submitted(at_s + n, team, _duration(medians[team], random)) for n in range(30)]
    return rows


def _duration(median_s: float, random: Random) -> float:
    kind = random.random()
    if kind < 0.15:
        return random.uniform(3.0, 15.0)
    if kind < 0.17:
        return TIME_LIMIT_S
    return min(TIME_LIMIT_S, median_s * math.exp(random.gauss(0.0, 0.5)))


def _spaced(moments: list[float], closes_s: float) -> list[float]:
    """Return the moments, later ones moved back so that the least time is between them, unless it is too late."""
    spaced, earliest = [], 0.0
    for at_s in moments:
        at_s = max(at_s, earliest) if max(at_s, earliest) < closes_s else at_s
        spaced.append(at_s)
        earliest = at_s + MIN_BETWEEN_S
    return spaced


def _poisson(mean: float, random: Random) -> int:
    n, product, limit = 0, random.random(), math.exp(-mean)
    while product > limit:
        n, product = n + 1, product * random.random()
    return n
