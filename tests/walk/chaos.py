"""Many submissions, several workers and a hand that kills them: what `test_chaos` puts up, strikes and looks at.

The plan is drawn from a seed and goes by progress, not by the clock: a stroke falls when so many submissions have
ended, so a slow machine meets the same plan as a fast one.
"""

import contextlib
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import selectinload

from databoard import kits
from databoard.jail import bubblewrap
from databoard.models import (
    Event,
    EventScoreType,
    Job,
    JobAttempt,
    Submission,
    SubmissionFold,
    SubmissionFoldScore,
    SubmissionScore,
)
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
LEASE_S = 4
#: Without an end of a submission for so long, something is stuck.
STUCK_S = 120.0
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


class Crew:
    """The worker processes; one that is killed is started again at once, as a service manager would."""

    def __init__(self, stage: Stage, environment: dict[str, str]):
        self._log = open(stage.home.parent / "workers.log", "wb")  # noqa: SIM115 (closed by `stop`)
        self._environment = {
            **environment,
            "DATABOARD_HOME": str(stage.home),
            "DATABOARD_PROBLEMS": str(stage.problems),
            "DATABOARD_DB_URL": stage.url,
            "DATABOARD_LEASE_S": str(LEASE_S),
            "DATABOARD_LOG_LEVEL": "INFO",
            "TMPDIR": str(stage.temporary),
        }
        self.processes = [self._start() for _ in range(stage.plan.n_workers)]

    def kill(self, pid: int) -> None:
        """Kill a worker and start another in its place."""
        number = [process.pid for process in self.processes].index(pid)
        os.kill(pid, signal.SIGKILL)
        self.processes[number].wait()
        self.processes[number] = self._start()

    def ended(self) -> list[int]:
        """Return the exit codes of workers that ended without having been told to."""
        return [process.returncode for process in self.processes if process.poll() is not None]

    def stop(self) -> list[int]:
        """Tell all to finish what they do and go; return their exit codes."""
        for process in self.processes:
            process.terminate()
        codes = []
        for process in self.processes:
            try:
                codes.append(process.wait(60))
            except subprocess.TimeoutExpired:
                process.kill()
                codes.append(process.wait())
        self._log.close()
        return codes

    def _start(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "fabric", "worker"]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )


class Hand:
    """Strikes what the plan says, when it says so."""

    def __init__(self, stage: Stage, crew: Crew, *, restart: Callable[[], None]):
        self._stage, self._crew, self._restart_database = stage, crew, restart
        self._strokes = list(stage.plan.strokes)
        self._random = random.Random(stage.plan.seed + 2)
        self.n_struck: dict[str, int] = {}

    @property
    def is_done(self) -> bool:
        """Whether every stroke has fallen."""
        return not self._strokes

    def strike_if_due(self, n_ended: int) -> None:
        """Let the next stroke fall if so many have ended, unless it could be the third for some job."""
        if not self._strokes or n_ended < self._strokes[0][0] or not self._stage.may_strike():
            return
        kind = self._strokes[0][1]
        if kind == "database":
            self._restart_database()
        elif (pid := self._victim(kind)) is None:
            return  # nobody works at this moment
        elif kind == "worker":
            self._crew.kill(pid)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._strokes.pop(0)
        self.n_struck[kind] = self.n_struck.get(kind, 0) + 1

    def _victim(self, kind: str) -> int | None:
        ours = [process.pid for process in self._crew.processes]
        if kind == "worker":  # also one that has just begun
            return self._random.choice(ours)
        at_work = self._stage.pids_at_work()
        found = [part for pid in ours if pid in at_work for part in PARTS[kind](pid)]
        return self._random.choice(found) if found else None


def scorers_of(worker: int) -> list[int]:
    """Return the scorers of a worker, that of its blending among them."""
    return [pid for pid in children_of(worker) if "scorer/process.py" in words_of(pid)]


def zygotes_of(worker: int) -> list[int]:
    """Return of each zygote both processes of bubblewrap and its own; no run, which is a child of the last.

    Where walls do not nest there are none: of the wall around each run then only the outer process, whose end tells
    that somebody killed it; that of the inner one reads like that of the run.
    """
    outer = [pid for pid in children_of(worker) if str(bubblewrap.INSIDE) in words_of(pid)]
    zygotes = [pid for pid in outer if "databoard.jail.zygote" in words_of(pid)]
    inner = [pid for parent in zygotes for pid in children_of(parent)]
    return [*outer, *inner, *(pid for parent in inner for pid in children_of(parent))]


PARTS = {"scorer": scorers_of, "zygote": zygotes_of}


def words_of(pid: int) -> str:
    """Return the command line of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def children_of(pid: int) -> list[int]:
    """Return the children of a process, the oldest first."""
    return [child for child, parent in _parents().items() if parent == pid]


def descendants_of(pid: int) -> set[int]:
    """Return all processes below one, those that are dead and not yet buried left out."""
    parents, found = _parents(), {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def left_below(pid: int, others: set[int], within_s: float = 10.0) -> list[str]:
    """Return the command lines of what is still below a process after a while; not `others` and what these start.

    What was killed a moment ago may take that moment to end. A browser of another test starts helpers when it likes.
    """
    deadline_s = time.monotonic() + within_s
    while (found := _strangers_below(pid, others)) and time.monotonic() < deadline_s:
        if all("postgres" in words_of(one) for one in found):
            break
        time.sleep(0.1)
    return [words_of(one) for one in found]


def _strangers_below(pid: int, others: set[int]) -> set[int]:
    return descendants_of(pid).difference(others, *map(descendants_of, others))


def _parents() -> dict[int, int]:
    parents = {}
    for name in sorted((name for name in os.listdir("/proc") if name.isdigit()), key=int):
        with contextlib.suppress(OSError):
            state, parent = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(name)] = int(parent)
    return parents


@contextlib.contextmanager
def adopting_orphans():
    """Let every process whose parent dies become ours meanwhile, so that none can hide from `descendants_of`."""
    set_child_subreaper, libc = 36, ctypes.CDLL(None, use_errno=True)
    libc.prctl(set_child_subreaper, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(set_child_subreaper, 0, 0, 0, 0)


def run(stage: Stage, crew: Crew, hand: Hand) -> str:
    """Strike until all strokes have fallen and every submission has ended well or by its own fault; tell of it."""
    began_at, n_healed = time.monotonic(), 0
    _until_all_ended(stage, crew, hand)
    while n := stage.heal():
        n_healed += n
        _until_all_ended(stage, crew, hand)
    _until_blended(stage)
    strokes = ", ".join(f"{n} {kind}" for kind, n in sorted(hand.n_struck.items()))
    duration_s = time.monotonic() - began_at
    return f"{stage.plan.n_jobs} submissions in {duration_s:.0f} s, struck: {strokes}; run again by hand: {n_healed}"


def _until_all_ended(stage: Stage, crew: Crew, hand: Hand) -> None:
    n_before, changed_at = -1, time.monotonic()
    while not (hand.is_done and n_before == stage.plan.n_jobs):
        assert crew.ended() == [], f"workers ended by themselves: {crew.ended()}"
        n_ended = stage.n_ended()
        if n_ended is not None:
            if n_ended != n_before:
                n_before, changed_at = n_ended, time.monotonic()
            hand.strike_if_due(n_ended)
        assert time.monotonic() < changed_at + STUCK_S, f"{n_before} ended, no more in {STUCK_S:g} s"
        time.sleep(0.1)


def _until_blended(stage: Stage) -> None:
    deadline = time.monotonic() + STUCK_S
    while stage.read(select(Event.id).where(Event.n_ensemble_changes > Event.n_ensemble_recorded)):
        assert time.monotonic() < deadline, f"not blended within {STUCK_S:g} s"
        time.sleep(0.1)


# What must hold when the dust has settled; each returns what does not.


def wrong_ends(stage: Stage) -> dict:
    """Return by name the submissions that ended otherwise than they had to."""
    rows = stage.read(select(Submission.name, Submission.state, Submission.error_code))
    assert len(rows) == stage.plan.n_jobs
    return {name: end for name, *end in rows if tuple(end) != KINDS[name.split("-")[0]][1:]}


def wrong_counts(stage: Stage) -> dict:
    """Return by name the submissions without exactly one result: of one attempt, whole or nothing."""
    folds = select(func.count(SubmissionFold.id)).where(SubmissionFold.submission_id == Submission.id)
    fold_scores = (
        select(func.count(SubmissionFoldScore.id))
        .join(SubmissionFold)
        .where(SubmissionFold.submission_id == Submission.id)
    )
    scores = select(func.count(SubmissionScore.id)).where(SubmissionScore.submission_id == Submission.id)
    counts = [query.scalar_subquery() for query in (folds, fold_scores, scores)]
    rows = stage.read(select(Submission.name, Submission.state, *counts))
    right = {True: (2, 2 * 2, 2), False: (2, 0, 0)}
    return {name: count for name, state, *count in rows if tuple(count) != right[state is S.scored]}


def wrong_histories(stage: Stage) -> dict:
    """Return by name the submissions whose attempts are not faults of the server and then one result."""
    wrong = {}
    with transaction(stage.sessions) as session:
        query = select(Submission).options(selectinload(Submission.jobs).selectinload(Job.attempts))
        for row in session.scalars(query):
            *lost, last = row.jobs[-1].attempts
            is_one = last.outcome == ("success" if row.state is S.scored else "error")
            are_lost = all(a.error_code in RETRY_CODES and a.outcome == "handed back" for a in lost)
            is_its_own = row.predictions_key == (last.lease if row.state is S.scored else "")
            if not (is_one and are_lost and is_its_own):
                wrong[row.name] = [(a.outcome, a.error_code, a.lease) for a in row.jobs[-1].attempts]
    return wrong


def overlong(stage: Stage) -> list:
    """Return the attempts that lasted longer than all folds may and a minute."""
    limit = timedelta(seconds=2 * 6 + 60)
    rows = stage.read(select(JobAttempt.id, JobAttempt.started_at, JobAttempt.ended_at))
    return [number for number, start, end in rows if end is None or end - start > limit]


def wrong_scores(stage: Stage) -> dict:
    """Return by name scores that differ from those of a plain loop over the folds, in this process."""
    query = select(Submission.name, SubmissionScore.valid_bag).join(SubmissionScore).join(EventScoreType)
    rows = stage.read(query.where(EventScoreType.name == "nll"))
    assert rows
    expected = {name: stage.score_by_hand(int(name.split("-")[1])) for name, _ in rows}
    return {name: (found, expected[name]) for name, found in rows if abs(found - expected[name]) > 1e-9}


def leftovers(stage: Stage) -> list[str]:
    """Return the temporary files that are still there, and predictions that no result names."""
    named = {key for (key,) in stage.read(select(Submission.predictions_key))}
    return [
        *(str(path) for path in stage.temporary.iterdir()),
        *(str(path) for path in (stage.home / "cache" / "scratch").iterdir()),
        *(str(path) for path in stage.home.rglob(".*")),
        *(str(path) for path in stage.home.glob("predictions/*/*") if path.name not in named),
    ]
