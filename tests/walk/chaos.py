"""Several workers and a hand that kills them: what chaos tests start and strike."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from databoard.jail import bubblewrap
from databoard.models import Event
from tests.walk.chaos_stage import Stage
from tests.walk.processes import children_of, words_of

ROOT = Path(__file__).resolve().parents[2]
LEASE_S = 4
#: Without an end of a submission for so long, something is stuck.
STUCK_S = 120.0


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
