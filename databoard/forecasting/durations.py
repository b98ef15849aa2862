"""How long submissions train: a model fitted to recent jobs of an event, and random draws from it.

A duration is the product of the event's typical duration, a factor of the team and a random factor. Teams differ
more than the jobs of one team. So the more jobs a team has, the more they count (a random-effects model of the
logarithm of the seconds). Few known jobs give a wide distribution. Called by `forecast`; knows no database.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from statistics import NormalDist, fmean, median

#: Fewer jobs than this tell nothing.
MIN_JOBS = 5
#: What is held of an event with few jobs: spread of log seconds between teams and within one, worth so many jobs.
PRIOR_BETWEEN, PRIOR_WITHIN, PRIOR_WEIGHT = 0.7, 0.6, 4.0
#: As long as an event has fewer past trainings, what runs counts among them.
YOUNG = 100
SHORTEST_S = 0.1
_MAX_TRIES = 30
#: Twenty equally likely values of a normal distribution.
_NORMAL = tuple(NormalDist().inv_cdf((n + 0.5) / 20) for n in range(20))


@dataclass(frozen=True)
class PastJob:
    """A training that ended: how long it held its worker, and what its folds took."""

    event_id: int
    team_id: int
    duration_s: float
    compute_s: float


class EventDurations:
    """A model of the durations of one event, fitted to its past jobs.

    Parameters
    ----------
    past : iterable of PastJob
        At least one.
    running : iterable of (team_id, elapsed_s)
        What has not ended counts too in a young event, or long trainings would be missing from its past: one that
        takes longer than most has in all likelihood as long again before it.
    """

    def __init__(self, past: Iterable[PastJob], running: Iterable[tuple[int, float]] = ()):
        past = list(past)
        middle_s = median(job.duration_s for job in past)
        by_team: dict[int, list[float]] = defaultdict(list)
        for job in past:
            by_team[job.team_id].append(math.log(max(job.duration_s, SHORTEST_S)))
        for team_id, elapsed_s in running:
            if len(past) < YOUNG and elapsed_s > middle_s:
                by_team[team_id].append(math.log(2.0 * elapsed_s))
        self._n, self._n_teams = sum(map(len, by_team.values())), len(by_team)
        self._sums = {team_id: (len(logs), fmean(logs)) for team_id, logs in by_team.items()}
        self._within = _variance_within(by_team)
        self._between = _variance_between(by_team, self._within)
        self._mean = self._weighted_mean()
        self._chance = self._residuals(by_team)
        seconds = sum(job.duration_s for job in past)
        #: Seconds of folds for each second that a worker is held.
        self.compute_ratio = sum(job.compute_s for job in past) / seconds if seconds else 1.0

    def draw_event(self, random: Random) -> float:
        """Draw by how much the mean of log seconds is off, for all jobs of the event."""
        return random.gauss(0.0, math.sqrt(self._between / self._n_teams + self._within / self._n))

    def draw_team(self, team_id: int, shift: float, random: Random) -> float:
        """Draw the mean of log seconds that all jobs of a team share; `shift` is one of the event's."""
        n, mean = self._sums.get(team_id, (0, 0.0))
        weight = n * self._between / (n * self._between + self._within)
        variance = self._between * (1.0 - weight)
        centre = weight * mean + (1.0 - weight) * (self._mean + shift)
        return random.gauss(centre, math.sqrt(variance))

    def draw(self, team_mean: float, random: Random) -> float:
        """Draw the seconds of one job of a team."""
        return math.exp(team_mean + self._chance[int(random.random() * len(self._chance))])

    def draw_running(
        self, team_id: int, shift: float, elapsed_s: float, random: Random
    ) -> tuple[float, float]:
        """Draw the mean of log seconds of a team, and what is left of its job that has run for `elapsed_s`."""
        for _ in range(_MAX_TRIES):
            team_mean = self.draw_team(team_id, shift, random)
            duration_s = self.draw(team_mean, random)
            if duration_s > elapsed_s:
                return team_mean, duration_s - elapsed_s
        # Longer than all that is known: such a job has, in all likelihood, as long again before it.
        return math.log(elapsed_s), elapsed_s * (1.0 / max(random.random(), 1e-3) - 1.0)

    def _weighted_mean(self) -> float:
        """Return the mean over teams, each counted by how well its own mean is known."""
        weights = [1.0 / (self._between + self._within / n) for n, _ in self._sums.values()]
        return sum(
            weight * mean for weight, (_, mean) in zip(weights, self._sums.values(), strict=True)
        ) / sum(weights)

    def _residuals(self, by_team: dict[int, list[float]]) -> list[float]:
        """Return how far jobs are from their team's mean, as seen, or as in a normal distribution when few are."""
        seen = [
            (value - fmean(logs)) * math.sqrt(len(logs) / (len(logs) - 1))
            for logs in by_team.values()
            if len(logs) > 1
            for value in logs
        ]
        if len(seen) >= 20:
            return seen
        return seen + [math.sqrt(self._within) * z for z in _NORMAL]


def _variance_within(by_team: dict[int, list[float]]) -> float:
    squares = sum(sum((value - fmean(logs)) ** 2 for value in logs) for logs in by_team.values())
    freedom = sum(len(logs) - 1 for logs in by_team.values())
    return (squares + PRIOR_WEIGHT * PRIOR_WITHIN**2) / (freedom + PRIOR_WEIGHT)


def _variance_between(by_team: dict[int, list[float]], within: float) -> float:
    """Return the variance of the teams' means by the method of moments, held to the prior where there are few."""
    n = sum(map(len, by_team.values()))
    freedom = len(by_team) - 1
    if freedom == 0:
        return PRIOR_BETWEEN**2
    mean = sum(map(sum, by_team.values())) / n
    squares = sum(len(logs) * (fmean(logs) - mean) ** 2 for logs in by_team.values())
    size = (n - sum(len(logs) ** 2 for logs in by_team.values()) / n) / freedom
    found = max(0.0, (squares / freedom - within) / size)
    return (found * freedom + PRIOR_WEIGHT * PRIOR_BETWEEN**2) / (freedom + PRIOR_WEIGHT)
