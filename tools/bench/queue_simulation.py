"""How long does who wait, and was it told? ``python tools/bench/queue_simulation.py`` plays a course.

The clock is a fake one; claims, leases, forecasts and what is learnt from them are the server's own code on a real
database: a SQLite file in a temporary folder, or any empty database by ``--database``. Only training is left out: a
job takes as long as the pattern says. Prints percentiles of the waits, how they are spread over teams with Jain's
index (1: all alike), and how often a submission started within the P50 and P90 that were told.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import inspect, select  # noqa: E402
from sqlalchemy.orm import Session, sessionmaker  # noqa: E402

from databoard import models  # noqa: E402
from databoard.forecasting.rules import QueueRules  # noqa: E402
from databoard.ops import schema  # noqa: E402
from databoard.services.base.database import open_engine, session_factory, transaction  # noqa: E402
from databoard.services.queue import jobs, workers  # noqa: E402
from databoard.services.queue.order import QUEUED_STEPS  # noqa: E402
from databoard.states import JobState, JobStep, SubmissionState  # noqa: E402
from databoard.worker import forecasts  # noqa: E402
from tools.bench.queue_patterns import PATTERNS, Submitted, submissions  # noqa: E402
from tools.bench.queue_report import Outcome, report  # noqa: E402

OPENING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
#: Folds run in parallel: the seconds of all of them for one second of the worker.
FOLDS_PER_SECOND = 3.0
_SUBMIT, _END, _TELL = range(3)
#: When, which of the three, a number, and what it happens to.
_Happening = tuple[float, int, int, Any]


@dataclass
class Simulation:
    """A course, played: `run` returns what became of each submission."""

    sessions: sessionmaker[Session]
    rows: list[Submitted]
    closes_s: float
    n_teams: int
    n_workers: int
    rules: QueueRules
    tell_every_s: float
    max_events: int
    chance: Random
    outcomes: dict[int, Outcome] = field(default_factory=dict)  # by job

    def run(self) -> list[Outcome]:
        """Play until the last submission has ended."""
        event_teams = self._set_the_stage()
        events: list[_Happening] = []
        free = list(range(self.n_workers))
        for n, row in enumerate(self.rows):
            heappush(events, (row.at_s, _SUBMIT, n, row))
        heappush(events, (self.tell_every_s, _TELL, 0, None))
        n_open = len(self.rows)
        while n_open:
            now_s, kind, n, subject = heappop(events)
            if kind == _TELL:
                self._tell(now_s)
                heappush(events, (now_s + self.tell_every_s, _TELL, n + 1, None))
                continue
            if kind == _SUBMIT:
                self._submit(subject, event_teams[subject.team], n, now_s)
            else:
                self._end(subject, now_s)
                free.append(n)
                n_open -= 1
            while free and (claim := self._claim(free[-1], now_s)) is not None:
                outcome = self.outcomes[claim.job_id]
                outcome.started_s = now_s
                heappush(events, (now_s + outcome.duration_s, _END, free.pop(), claim))
        return list(self.outcomes.values())

    def _set_the_stage(self) -> list[int]:
        """Write an event, its teams and the workers; return the ids of the teams in it."""
        with transaction(self.sessions) as session:
            event = _event(self.closes_s)
            session.add(event)
            event_teams = []
            for number in range(self.n_teams):
                team = models.Team(name=f"team{number}", is_individual=True, created_at=OPENING)
                event_teams.append(
                    models.EventTeam(event=event, team=team, signed_up_at=OPENING, approved_at=OPENING)
                )
            session.add_all(event_teams)
            for number in range(self.n_workers):
                workers.register(
                    session,
                    name=f"worker{number}",
                    host="host",
                    pid=number,
                    engine="local",
                    n_slots=1,
                    jail_level="A",
                    now=OPENING,
                )
            session.flush()
            self._fold_id = event.cv_folds[0].id
            return [row.id for row in event_teams]

    def _submit(self, row: Submitted, event_team_id: int, number: int, now_s: float) -> None:
        with transaction(self.sessions) as session:
            now = at(now_s)
            submission = models.Submission(
                event_team_id=event_team_id, name=f"name{number}", slug=f"slug{number}", submitted_at=now
            )
            submission.folds = [models.SubmissionFold(cv_fold_id=self._fold_id)]
            session.add(submission)
            session.flush()
            job = jobs.enqueue(session, submission=submission, now=now, step=JobStep.train_test)
            session.flush()
            self.outcomes[job.id] = Outcome(row.team, now_s, row.duration_s)

    def _claim(self, worker: int, now_s: float) -> jobs.Claim | None:
        with transaction(self.sessions) as session:
            return jobs.claim_next(
                session, worker=f"worker{worker}", now=at(now_s), steps=QUEUED_STEPS, rules=self.rules
            )

    def _end(self, claim: jobs.Claim, now_s: float) -> None:
        with transaction(self.sessions) as session:
            job = jobs.lock_held(session, claim, now=at(now_s))
            submission, outcome = job.submission, self.outcomes[claim.job_id]
            submission.folds[0].train_time_s = FOLDS_PER_SECOND * outcome.duration_s
            for state in (SubmissionState.training, SubmissionState.tested, SubmissionState.scored):
                submission.state = state
            submission.finished_at = at(now_s)
            jobs.finish(session, job, state=JobState.success, now=at(now_s))

    def _tell(self, now_s: float) -> None:
        now = at(now_s)
        n_told = forecasts.forecast_waiting_times(
            self.sessions, rules=self.rules, clock=lambda: now, chance=self.chance, max_events=self.max_events
        )
        if not n_told:
            return
        with transaction(self.sessions) as session:
            told = session.scalars(
                select(models.WaitForecast).where(models.WaitForecast.made_at == now)
            ).all()
            for row in told:
                outcome = self.outcomes[row.job_id]
                outcome.told_at_s = now_s
                outcome.p50_s = (row.likely_at - now).total_seconds()
                outcome.p90_s = (row.latest_at - now).total_seconds()


def at(seconds: float) -> datetime:
    """Return the time of day so many seconds after the opening."""
    return OPENING + timedelta(seconds=seconds)


def _event(closes_s: float) -> models.Event:
    workflow = models.Workflow(name="Classifier")
    problem = models.Problem(name="p", title="P", workflow=workflow, kit_version="v", created_at=OPENING)
    event = models.Event(
        name="course",
        title="A course",
        problem=problem,
        opens_at=OPENING,
        closes_at=at(closes_s),
        wall_time_limit_s=60,
        memory_limit_bytes=1,
        max_processes=1,
        log_limit_bytes=1,
        created_at=OPENING,
    )
    event.cv_folds = [models.CVFold(number=0, train_is=b"", test_is=b"")]
    return event


def simulate(url: str, pattern: str, options: argparse.Namespace, seed: int) -> list[Outcome]:
    """Play one pattern in the empty database at `url`."""
    with open_engine(url) as engine:
        if inspect(engine).get_table_names():
            sys.exit(f"The database {url} is not empty; give an empty one.")
        schema.upgrade(url)
        chance = Random(seed)  # noqa: S311  (no secret)
        terms = {"n_teams": options.teams, "n_workers": options.workers, "random": chance}
        rows, closes_s = submissions(pattern, **terms, per_team=options.per_team, load=options.load)
        return Simulation(
            session_factory(engine),
            rows,
            closes_s,
            options.teams,
            options.workers,
            QueueRules(team_jobs=options.team_jobs, lease_s=1e9),
            options.tell_every,
            options.max_events,
            chance,
        ).run()


def main() -> None:
    """Play the patterns that were asked for and print a report on each."""
    options = parser().parse_args()
    for pattern in options.pattern or ["rush"]:
        with tempfile.TemporaryDirectory() as folder:
            started_s = time.perf_counter()
            outcomes = simulate(
                options.database or f"sqlite:///{folder}/queue.db", pattern, options, options.seed
            )
            print(f"--- {pattern}, {options.workers} workers, {time.perf_counter() - started_s:.0f} s")
            print(report(outcomes), flush=True)


def parser() -> argparse.ArgumentParser:
    """Return the options; the defaults are a large course."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pattern", action="append", choices=PATTERNS, help="may be given again; default: rush"
    )
    parser.add_argument("--teams", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--per-team", type=float, default=3.0, help="mean number of submissions of a team")
    parser.add_argument(
        "--load", type=float, default=0.85, help="work, as a share of what the workers can do"
    )
    parser.add_argument("--team-jobs", type=int, default=2)
    parser.add_argument("--tell-every", type=float, default=20.0, help="seconds between two forecasts")
    parser.add_argument(
        "--max-events", type=int, default=40_000, help="of one forecast; the server has 120,000"
    )
    parser.add_argument("--database", help="URL of an empty database, for one pattern")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main()
