"""Many submissions of a tiny event: what a chaos test hands in, and what it reads of it.

The plan is drawn from a seed and goes by progress, not by the clock: a stroke falls when so many submissions have
ended, so a slow machine meets the same plan as a fast one.
"""

import contextlib
import random
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import selectinload

from databoard import kits
from databoard.models import Event, Job, Submission
from databoard.ops import schema
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events, provisioning
from databoard.services.people import accounts
from databoard.services.queue.jobs import MAX_ATTEMPTS
from databoard.services.submissions import control, submit
from databoard.services.submissions.selection import JobFilter
from databoard.services.teams import sign_ups, teams
from databoard.states import (
    FINAL_STATES,
    PENDING_JOB_STATES,
    RETRY_CODES,
    ErrorCode,
    JobState,
    JobStep,
    SubmissionState,
)

ROOT = Path(__file__).resolve().parents[2]
HONEST = """
import os, time
import numpy as np


class Classifier:
    def fit(self, X, y):
        self.is_sample = len(X) <= 60
        self.middle = X.mean()

    def predict_proba(self, X):
        green = 1 / (1 + np.exp(-SLOPE * (X.sum(axis=1) - 2 * self.middle)))
        return np.stack([1 - green, green], axis=1)
"""


def _in_fit(line: str, head: str = "") -> str:
    return head + HONEST.replace("self.middle =", f"{line}\n        self.middle =")


S, E = SubmissionState, ErrorCode

#: Of each kind of submission its code, and how it must end. Most faults show in the training only, not in the check.
KINDS: dict[str, tuple[str, SubmissionState, ErrorCode | None]] = {
    "honest": (HONEST, S.scored, None),
    "slow": (_in_fit("self.is_sample or time.sleep(0.5)"), S.scored, None),
    "import": ("import no_such_module\n" + HONEST, S.checking_error, E.import_error),
    "check": (_in_fit("no_such_name"), S.checking_error, E.training_error),
    "fit": (_in_fit("if not self.is_sample: raise ValueError"), S.training_error, E.training_error),
    "predict": (
        HONEST.replace("green = ", "assert self.is_sample\n        green = "),
        S.validating_error,
        E.validating_error,
    ),
    "shape": (
        HONEST.replace("return np", "return green if not self.is_sample else np"),
        S.validating_error,
        E.bad_output,
    ),
    "suicide": (_in_fit("self.is_sample or os.kill(os.getpid(), 9)"), S.training_error, E.crashed),
    "endless": (_in_fit("self.is_sample or time.sleep(3600)"), S.training_error, E.timeout),
}

#: How many of a hundred are of each kind; the rest is honest.
SHARES = {"slow": 20, "import": 5, "check": 5, "fit": 5, "predict": 5, "shape": 5, "suicide": 4, "endless": 1}


@dataclass(frozen=True)
class Plan:
    """What is submitted and which strokes fall; all of it follows from the seed."""

    n_jobs: int
    n_teams: int = 20
    n_workers: int = 4
    seed: int = 57

    @property
    def kinds(self) -> list[str]:
        """Return the kind of each submission: each at least once, in random order."""
        rare = [kind for kind, share in SHARES.items() for _ in range(max(1, share * self.n_jobs // 100))]
        kinds = rare + ["honest"] * (self.n_jobs - len(rare))
        random.Random(self.seed).shuffle(kinds)
        return kinds

    @property
    def strokes(self) -> list[tuple[int, str]]:
        """Return after how many ends what is struck, in order; the database once, in the middle."""
        n_each = max(1, self.n_jobs // 14)
        kinds = ["worker", "zygote", "scorer"] * n_each
        random.Random(self.seed + 1).shuffle(kinds)
        kinds.insert(len(kinds) // 2, "database")
        # The last quarter of the submissions ends in peace: what was struck last is seen to recover.
        return [(3 * number * self.n_jobs // (4 * len(kinds)), kind) for number, kind in enumerate(kinds)]


class Stage:
    """A database and a home with the tiny event, its teams and their submissions."""

    def __init__(self, plan: Plan, url: str, folder: Path):
        self.plan, self.url, self.home = plan, url, folder / "home"
        self.problems, self.temporary = folder / "problems", folder / "tmp"
        shutil.copytree(ROOT / "tests/walk/kits/tiny", self.problems / "tiny")
        self.temporary.mkdir()
        self.store = FileStore(self.home, self.problems)
        schema.upgrade(url)
        self.engine = make_engine(url)
        self.sessions = session_factory(self.engine)

    def fill(self) -> None:
        """Register event and teams, and submit."""
        now = datetime.now(UTC)
        with transaction(self.sessions) as session:
            provisioning.add_problem(session, name="tiny", store=self.store, now=now)
            provisioning.add_event(session, name="tiny_test", store=self.store, now=now)
            event = events.event_by_name(session, "tiny_test")
            joined = [self._team(session, event, f"team{n:02d}", now) for n in range(self.plan.n_teams)]
        for number, kind in enumerate(self.plan.kinds):
            with transaction(self.sessions) as session:
                submit.deposit(
                    session,
                    event_team=session.merge(joined[number % len(joined)], load=False),
                    name=f"{kind}-{number:03d}",
                    files={"classifier.py": self.code(number).encode()},
                    store=self.store,
                    now=now + timedelta(milliseconds=number),
                )

    def code(self, number: int) -> str:
        """Return what the submission of this number consists of; no two are alike."""
        code = KINDS[self.plan.kinds[number]][0]
        return f"SLOPE = {0.01 * (number + 1)}\n{code}"

    def read(self, query) -> list:
        """Return all rows of a query."""
        with transaction(self.sessions) as session:
            return list(session.execute(query).all())

    def read_if_there(self, query) -> list | None:
        """Return all rows of a query; None while the database is away."""
        with contextlib.suppress(DBAPIError):
            return self.read(query)
        return None

    def n_ended(self) -> int | None:
        """Return how many submissions have ended; None while the database is away."""
        rows = self.read_if_there(select(func.count(Submission.id)).where(Submission.state.in_(FINAL_STATES)))
        return rows[0][0] if rows else None

    def may_strike(self) -> bool:
        """Whether no job would end with one more fault of the server."""
        query = select(Job.n_attempts, Job.state).where(Job.state.in_(PENDING_JOB_STATES))
        rows = self.read_if_there(query)
        return rows is not None and all(
            n - (state is JobState.started) < MAX_ATTEMPTS - 1 for n, state in rows
        )

    def pids_at_work(self) -> list[int]:
        """Return the workers that hold a job."""
        query = select(Job.worker).where(Job.state == JobState.started).distinct().order_by(Job.worker)
        return [int(name.rsplit(":", 1)[1]) for (name,) in self.read_if_there(query) or []]

    def heal(self) -> int:
        """Run again, as an operator would, what three faults of the server have ended; return how many."""
        query = select(Submission).where(Submission.error_code.in_(RETRY_CODES))
        with transaction(self.sessions) as session:
            struck = session.scalars(query.options(selectinload(Submission.jobs))).all()
            for submission in struck:
                codes = {attempt.error_code for attempt in submission.jobs[-1].attempts}
                assert codes <= RETRY_CODES and submission.jobs[-1].n_attempts == MAX_ATTEMPTS
                words = JobFilter(submission_id=submission.id)
                now = datetime.now(UTC)
                control.rerun(session, words, from_step=JobStep.check, actor=None, now=now)
        return len(struck)

    def score_by_hand(self, number: int) -> float:
        """Return the mean negative log-likelihood over the validation rows of both folds."""
        kit, names = kits.load(self.problems / "tiny").problem, {}
        X, y = kit.get_train_data()
        exec(self.code(number), names)
        losses = []
        for train, valid in kit.get_cv(X, y):
            model = names["Classifier"]()
            model.fit(X[train], y[train])
            chances = model.predict_proba(X[valid])
            losses += list(-np.log(chances[np.arange(len(valid)), (y[valid] == "green").astype(int)]))
        return float(np.mean(losses))

    def _team(self, session, event: Event, name: str, now: datetime):
        accounts.create_user(
            session, name=name, email=f"{name}@example.org", password="four ordinary words", now=now
        )
        team = teams.team_by_name(session, name)
        return sign_ups.sign_up_team(session, event=event, team=team, store=self.store, now=now)
