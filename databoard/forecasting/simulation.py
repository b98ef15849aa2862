"""One simulation of the queue from now on: workers take jobs by the rules of `rules`, with random durations.

`forecast` calls it up to hundreds of times, so it is written for speed. Events and candidates are in heaps. A
candidate that a later one of its team replaces stays in the heap; its old version number shows that it is stale.
"""

from bisect import insort
from heapq import heappop, heappush
from math import exp, log, sqrt
from random import Random

from databoard.forecasting.durations import EventDurations
from databoard.forecasting.rules import COMPUTE_WINDOW
from databoard.forecasting.snapshot import BURST_S, Arrivals, RunningJob, Snapshot

WINDOW_S = COMPUTE_WINDOW.total_seconds()
#: The rate of arrivals is that of the last few or of the last many, as chance will have it: a rush begins, or ends.
N_ARRIVALS = (8, 20, 50)
#: For how long a rate remembers what it was, and how far it wanders from its level (log scale, standard deviation).
MEMORY_S, WANDER = 900.0, 0.7
#: How far the way from the mean of the window to the rate of now may lead on: by half at most.
LEADS_ON = 1.5
#: Fewer say nothing of a rate but that over the whole window.
MIN_ARRIVALS = 5
#: No simulation looks further ahead; a job that has not started by then is as if it started then.
HORIZON_S = 24 * 3600.0
#: Scoring needs no jail and no folds.
SCORING_S = 5.0
#: A job in the order of its team: minus its priority, since when it waits, its id, its event.
_Job = tuple[int, float, int, int]
#: What waits: the team, whether it trains, and what the team keeps of it.
Line = list[tuple[int, bool, _Job]]


class _Team:
    """What the order of the queue goes by, and the team's jobs that wait, the next one last."""

    __slots__ = ("compute_s", "means", "n_running", "scorings", "team_id", "trainings", "version")

    def __init__(self, team_id: int):
        self.team_id = team_id
        self.n_running, self.compute_s, self.version = 0, 0.0, 0
        self.means: dict[int, float] = {}  # of log seconds, by event
        self.trainings: list[_Job] = []
        self.scorings: list[_Job] = []


class _ArrivalProcess:
    """The arrivals of an event in one simulation: a rate that changes, and who comes.

    The rate starts as that of the last few arrivals or of many, and then changes at random. It is pulled towards a
    level that each simulation draws: between the mean of the window and the continued trend from that mean to the
    rate of now. So a rush ends soon, goes on, or has only begun.
    """

    def __init__(self, arrivals: Arrivals, random: Random):
        self.arrivals, self._random = arrivals, random
        ages_s, team_ids = arrivals.ages_s, arrivals.team_ids
        n = min(len(ages_s), random.choice(N_ARRIVALS))
        span_s = max(ages_s[n - 1], BURST_S) if n >= MIN_ARRIVALS else arrivals.window_s
        now = log(random.gammavariate(n + 0.5, 1.0 / span_s))
        mean = log(random.gammavariate(len(ages_s) + 0.5, 1.0 / arrivals.window_s))
        share = LEADS_ON * random.random()
        self._log_rate, self._level = now, share * now + (1.0 - share) * mean
        n_again = len(team_ids) - len(set(team_ids))
        #: How often somebody comes who came within the window already.
        self.share_again = (n_again + 0.5) / (len(team_ids) + 1.0)

    def gap_s(self) -> float:
        """Draw the seconds until the next arrival, and change the rate at random until then."""
        random, waited_s = self._random, 0.0
        while True:
            gap_s = random.expovariate(exp(self._log_rate))
            step_s = min(gap_s, MEMORY_S / 4.0)
            kept = exp(-step_s / MEMORY_S)
            drift = random.gauss(0.0, WANDER * sqrt(1.0 - kept * kept))
            self._log_rate = self._level + (self._log_rate - self._level) * kept + drift
            waited_s += step_s
            if gap_s == step_s or waited_s > HORIZON_S:
                return waited_s

    def team_id(self) -> int:
        """Draw who comes next."""
        recent = self.arrivals.team_ids
        if recent and (self._random.random() < self.share_again or not self.arrivals.all_team_ids):
            return recent[int(self._random.random() * len(recent))]
        return self.arrivals.all_team_ids[int(self._random.random() * len(self.arrivals.all_team_ids))]


#: Whom something happens to: a job of this team and event ends, which trained or not; what a team computed is
#: forgotten; somebody arrives.
_Whose = tuple[_Team, int, bool] | _Team | _ArrivalProcess
#: By the queue's order: minus priority, the team's running jobs and compute, since when, job; then version, team, its
#: jobs.
_Candidate = tuple[int, int, float, float, int, int, _Team, list[_Job]]


def line_of(snapshot: Snapshot) -> Line:
    """Return what waits, the last one first, each as team, whether it trains, and what its team keeps of it."""
    entries = [
        (job.team_id, job.is_training, (-job.priority, job.created_s, job.job_id, job.event_id))
        for job in snapshot.waiting
    ]
    return sorted(entries, key=lambda row: row[2], reverse=True)


class Simulation:
    """One simulation of the queue.

    Parameters
    ----------
    snapshot : Snapshot
    line : Line
        What :func:`line_of` returns for it: the same for every simulation.
    durations : dict of int to EventDurations
        By event; every event that the snapshot names.
    random : random.Random
    """

    def __init__(self, snapshot: Snapshot, line: Line, durations: dict[int, EventDurations], random: Random):
        self._random, self._durations, self._cap = random, durations, snapshot.cap
        self._shifts = {event_id: known.draw_event(random) for event_id, known in durations.items()}
        self._teams: dict[int, _Team] = {}
        self._events: list[tuple[float, int, _Whose, float]] = []  # time, number, whose, seconds
        self._candidates: list[_Candidate] = []
        self._n = 0
        self._starts = {job.job_id: HORIZON_S for job in snapshot.waiting}
        self.n_events = 0
        self._n_left, self._last_id = len(snapshot.waiting), max(job.job_id for job in snapshot.waiting)
        self._n_free = snapshot.n_workers
        self._set_up(snapshot, line)
        for arrivals in snapshot.arrivals:
            if arrivals.all_team_ids or arrivals.team_ids:
                self._await(_ArrivalProcess(arrivals, random), 0.0)

    def starts(self, max_events: int) -> dict[int, float]:
        """Return by job id after how many seconds each waiting job starts, those that did before `max_events`."""
        now_s = 0.0
        while True:
            while self._n_free > 0 and self._start_next(now_s):
                pass
            if not self._n_left or not self._events or now_s > HORIZON_S or self.n_events > max_events:
                return self._starts
            self.n_events += 1
            now_s, _, whose, seconds = heappop(self._events)
            if isinstance(whose, tuple):
                self._n_free += 1
                self._end(whose, seconds, now_s)
            elif isinstance(whose, _Team):
                whose.compute_s -= seconds
                if whose.trainings or whose.scorings:
                    self._offer(whose)
            else:
                self._arrive(whose, now_s)

    def _set_up(self, snapshot: Snapshot, line: Line) -> None:
        for team_id, age_s, seconds in snapshot.compute:
            team = self._team(team_id)
            team.compute_s += seconds
            self._push(WINDOW_S - age_s, team, seconds)
        for job in snapshot.running[: snapshot.n_workers]:
            self._n_free -= 1
            self._go_on(job)
        for team_id, is_training, entry in line:
            team = self._team(team_id)
            (team.trainings if is_training else team.scorings).append(entry)
        for team in self._teams.values():
            self._offer(team)

    def _go_on(self, job: RunningJob) -> None:
        team = self._team(job.team_id)
        if not job.is_training:
            self._push(SCORING_S, (team, job.event_id, False), SCORING_S)
            return
        known, shift = self._durations[job.event_id], self._shifts[job.event_id]
        mean, left_s = known.draw_running(job.team_id, shift, job.elapsed_s, self._random)
        team.means.setdefault(job.event_id, mean)
        team.n_running += 1
        self._push(left_s, (team, job.event_id, True), job.elapsed_s + left_s)

    def _start_next(self, now_s: float) -> bool:
        """Let a free worker take a job; return whether there was one."""
        candidates = self._candidates
        while candidates:
            *_, job_id, version, team, jobs = heappop(candidates)
            if version == team.version:
                break
        else:
            return False
        event_id = jobs.pop()[-1]
        self._n_free -= 1
        is_training = jobs is team.trainings
        seconds = self._duration(team, event_id) if is_training else SCORING_S
        team.n_running += is_training
        self._push(now_s + seconds, (team, event_id, is_training), seconds)
        if job_id <= self._last_id:
            self._starts[job_id] = now_s
            self._n_left -= 1
        self._offer(team)
        return True

    def _duration(self, team: _Team, event_id: int) -> float:
        known, mean = self._durations[event_id], team.means.get(event_id)
        if mean is None:  # once a simulation: all jobs of a team share it
            mean = team.means[event_id] = known.draw_team(team.team_id, self._shifts[event_id], self._random)
        return known.draw(mean, self._random)

    def _end(self, job: tuple[_Team, int, bool], seconds: float, now_s: float) -> None:
        team, event_id, is_training = job
        if is_training:
            team.n_running -= 1
            compute_s = seconds * self._durations[event_id].compute_ratio
            team.compute_s += compute_s
            self._push(now_s + WINDOW_S, team, compute_s)
            if team.trainings or team.scorings:
                self._offer(team)

    def _arrive(self, stream: _ArrivalProcess, now_s: float) -> None:
        self._n += 1
        event_id = stream.arrivals.event_id
        team = self._team(stream.team_id())
        insort(team.trainings, (0, now_s, self._last_id + self._n, event_id), key=_backwards)
        self._offer(team)
        self._await(stream, now_s)

    def _await(self, stream: _ArrivalProcess, now_s: float) -> None:
        at_s = now_s + stream.gap_s()
        if at_s < stream.arrivals.closes_in_s:
            self._push(at_s, stream, 0.0)

    def _offer(self, team: _Team) -> None:
        """Let the team's next job be a candidate, in place of an earlier one."""
        team.version += 1
        jobs = team.trainings if self._cap is None or team.n_running < self._cap else []
        if team.scorings and (not jobs or team.scorings[-1] < jobs[-1]):
            jobs = team.scorings
        if jobs:
            minus_priority, created_s, job_id, _ = jobs[-1]
            key = (minus_priority, team.n_running, team.compute_s, created_s, job_id, team.version)
            heappush(self._candidates, (*key, team, jobs))

    def _push(self, at_s: float, whose: _Whose, seconds: float) -> None:
        self._n += 1
        heappush(self._events, (at_s, self._n, whose, seconds))

    def _team(self, team_id: int) -> _Team:
        team = self._teams.get(team_id)
        if team is None:
            team = self._teams[team_id] = _Team(team_id)
        return team


def _backwards(job: _Job) -> tuple[int, float, int]:
    return -job[0], -job[1], -job[2]
