"""Blend events from stored predictions: those that are due, in the background of a worker, or one by command.

Blending runs between two transactions, so that the site stays writable meanwhile.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.ops.failures import log_failure
from databoard.runner import Runner
from databoard.scoring.contributivity import percentages
from databoard.scoring.shown_digits import score_text
from databoard.services.base.database import open_database, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import ensembles, events
from databoard.services.events.ensembles import BlendClaim
from databoard.services.queue import workers
from databoard.services.submissions import training_tasks

if TYPE_CHECKING:
    from databoard.runner import TrainingTask
    from databoard.scoring.blending import EnsembleResult

#: An event that could not be blended rests here, unless its submissions change: shortly at first, for what failed may
#: have been a scorer that was killed, then four times as long each time.
FIRST_REST_S, MAX_REST_S = 10.0, 600.0
logger = logging.getLogger("databoard.ensembles")


@dataclass(frozen=True)
class _Work:
    """What blending needs once its transaction is over: the task, the folder and the name of each submission."""

    claim: BlendClaim
    task: "TrainingTask"
    max_n_ensemble: int
    folders: dict[int, Path]
    names: dict[int, str]


class Blender:
    """Blends events; one per thread.

    Parameters
    ----------
    sessions : sessionmaker
    store : FileStore
    runner : Runner
        Of its own: an answer of its scorer may take minutes.
    lease_s : float
        After so long the claim of a blender that died is free.
    clock : callable

    Attributes
    ----------
    is_ending : threading.Event
        Set it before the runner is interrupted, so that this is not taken for a fault.
    """

    def __init__(
        self,
        *,
        sessions: sessionmaker[Session],
        store: FileStore,
        runner: Runner,
        lease_s: float,
        clock: Callable[[], datetime] = utc_now,
    ):
        self._sessions, self._store, self._runner = sessions, store, runner
        self._lease_s, self._clock, self._owner = lease_s, clock, secrets.token_hex(16)
        self.is_ending = threading.Event()
        # By event: its number of changes, until when it rests, for how long in all.
        self._resting: dict[int, tuple[int, float, float]] = {}

    def blend_next(self) -> str | None:
        """Blend one event that is due; return its name, None when nothing is to be done.

        What cannot be blended is logged, and left alone here for a while.
        """
        with transaction(self._sessions) as session:
            claim = ensembles.claim_due(
                session,
                owner=self._owner,
                now=self._clock(),
                lease_s=self._lease_s,
                but=self._at_rest(ensembles.due(session)),
            )
            if claim is None:
                return None
            work, error = self._prepared(session, claim)
        try:
            if error is not None:
                raise error
            self._blend(work)
        except OperationalError:
            raise
        except Exception as error:
            if self.is_ending.is_set():
                logger.info("%s: asked to stop; it stays due", claim.event_name)
            else:
                logger.error("%s could not be blended: %s", claim.event_name, error, exc_info=True)
                self._let_rest(claim)
            self._write(ensembles.release, claim)
        return claim.event_name

    def blend_now(self, event_name: str) -> str:
        """Blend an event from the beginning, due or not; say what came out."""
        with transaction(self._sessions) as session:
            event = events.event_by_name(session, event_name)
            claim = ensembles.claim_now(session, event, owner=self._owner, now=self._clock())
            work = self._work(session, claim)
        self._memory_path(claim).unlink(missing_ok=True)
        try:
            result, is_recorded = self._blend(work)
        except BaseException:
            self._write(ensembles.release, claim)
            raise
        return _summary(work, result) + ("" if is_recorded else " A newer result is there already; it stays.")

    def is_idle(self) -> bool:
        """Whether no event is due or being blended, apart from those that cannot be."""
        with transaction(self._sessions) as session:
            due = ensembles.due(session)
        return due.keys() <= self._at_rest(due)

    def _at_rest(self, due: dict[int, int]) -> set[int]:
        at = time.monotonic()
        return {
            event_id
            for event_id, (n_changes, until, _) in list(self._resting.items())
            if due.get(event_id) == n_changes and at < until
        }

    def _let_rest(self, claim: BlendClaim) -> None:
        n_changes, _, rest_s = self._resting.get(claim.event_id, (None, 0.0, 0.0))
        rest_s = min(MAX_REST_S, 4 * rest_s) if n_changes == claim.n_changes else FIRST_REST_S
        self._resting[claim.event_id] = (claim.n_changes, time.monotonic() + rest_s, rest_s)

    def _prepared(self, session, claim) -> tuple[_Work | None, Exception | None]:
        """Return the work, or why there is none: the claim is to be kept in either case."""
        try:
            return self._work(session, claim), None
        except OperationalError:
            raise
        except Exception as error:
            return None, error

    def _work(self, session: Session, claim: BlendClaim) -> _Work:
        """Read what is to be blended, in the transaction of the claim: it is what the claim's count stands for."""
        event = events.event_by_name(session, claim.event_name)
        rows = ensembles.candidates(session, event)
        folders = {row.id: self._store.predictions_path(row.id, row.predictions_key) for row in rows}
        names = {row.id: row.name for row in rows}
        return _Work(
            claim, training_tasks.blending_task(event, self._store), event.max_n_ensemble, folders, names
        )

    def _blend(self, work: _Work) -> "tuple[EnsembleResult | None, bool]":
        result = None
        if work.folders:
            with self._renewing(work.claim):
                result = self._runner.blend(
                    work.task,
                    work.folders,
                    official=work.task.official,
                    max_n_ensemble=work.max_n_ensemble,
                    memory=self._memory_path(work.claim),
                )
            if result.left_out:
                logger.warning("%s:%s", work.claim.event_name, _lost(work, result))
        blended = result.contributivity if result else {}
        is_recorded = self._write(
            ensembles.record_claimed,
            work.claim,
            submission_ids=blended,
            result=result if blended else None,
            now=self._clock(),
        )
        logger.info("blended %s: %s submissions", work.claim.event_name, len(blended))
        return result, is_recorded

    @contextmanager
    def _renewing(self, claim: BlendClaim):
        """Renew a claim from time to time while the block runs."""
        done = threading.Event()

        def renew():
            while not done.wait(self._lease_s / 4):
                try:
                    self._write(ensembles.renew, claim, now=self._clock())
                except Exception as error:  # the database is away; a claim that expires means blending twice
                    log_failure(logger, error, "%s: the claim was not renewed", claim.event_name)

        thread = threading.Thread(target=renew, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _write(self, use_case, *args, **kwargs):
        with transaction(self._sessions) as session:
            return use_case(session, *args, **kwargs)

    def _memory_path(self, claim: BlendClaim) -> Path:
        return self._store.home / "cache" / "ensembles" / f"{claim.event_id}.json"


def compute_contributivity(config, *, event_name: str) -> str:
    """Blend an event from the beginning, whatever is remembered; say what came out."""
    with (
        open_database(config) as database,
        Runner(home=config.home, jail_mode=config.jail, n_parallel=1) as runner,
    ):
        return Blender(
            sessions=database.sessions,
            store=FileStore(config.home, config.problems),
            runner=runner,
            lease_s=config.lease_s,
        ).blend_now(event_name)


def due_note(session: Session, event_name: str, *, now: datetime, lease_s: float) -> str:
    """Return that an event's contributivities are being computed, and what that needs; empty when they are not."""
    if events.event_by_name(session, event_name).id not in ensembles.due(session):
        return ""
    note = f"The contributivities of {event_name} are being computed; until then the earlier ones are shown."
    if workers.n_alive(session, now=now, lease_s=lease_s):
        return f"{note} A running worker computes them."
    command = f"fab compute_contributivity:{event_name}"
    return f"{note} No worker is running: start one with fab worker, or compute them now: {command}"


def is_any_due(config) -> bool:
    """Whether some event's blending is due."""
    with open_database(config) as database, transaction(database.sessions) as session:
        return bool(ensembles.due(session))


def _summary(work: _Work, result: "EnsembleResult | None") -> str:
    if not (result and result.contributivity):
        nothing = f"{work.claim.event_name}: nothing can be blended; contributivities are zero."
        return nothing + (_lost(work, result) if result else "")
    percents = percentages({i: result.contributivity[i] for i in work.names if i in result.contributivity})
    shares = sorted(((share, i) for i, share in result.contributivity.items() if share > 0), reverse=True)
    parts = ", ".join(f"{work.names[i]} {percents[i]} %" for _, i in shares)
    combined = score_text(result.combined_valid[work.task.official], 4)
    head = f"{work.claim.event_name}: combined {work.task.official} {combined}; contributivity {parts}."
    return head + _lost(work, result)


def _lost(work: _Work, result: "EnsembleResult") -> str:
    if not result.left_out:
        return ""
    reasons = ", ".join(f"{work.names[i]} ({reason})" for i, reason in result.left_out.items())
    advice = " Left out, their predictions are missing or do not fit (run them again: fab set_state … new): "
    return f"{advice}{reasons}."
