"""Blend events from stored predictions: the due ones in the thread of `blending`, or one now for a fab task.

Blending runs between two transactions, so that the site stays writable meanwhile.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.runner import Runner, TrainingTask
from databoard.scoring.contributivity import percentages
from databoard.scoring.shown_digits import score_text
from databoard.services.base.database import open_database, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import ensemble_results, ensembles, events
from databoard.services.events.ensembles import BlendClaim
from databoard.services.submissions import training_tasks
from databoard.worker.lane import Lane, heartbeat

if TYPE_CHECKING:
    from config import Config
    from databoard.scoring.blending import EnsembleResult

#: An event that could not be blended rests here, unless its submissions change: shortly at first, for what failed may
#: have been a scorer that was killed, then four times as long each time.
FIRST_REST_S, MAX_REST_S = 10.0, 600.0
logger = logging.getLogger("databoard.ensembles")
T = TypeVar("T")


@dataclass(frozen=True)
class _Inputs:
    """What blending needs after its transaction: the task, and the folder and the name of each submission."""

    claim: BlendClaim
    task: TrainingTask
    max_n_ensemble: int
    folders: dict[int, Path]
    names: dict[int, str]


@dataclass(frozen=True)
class _Rest:
    """How long an event is left alone: until then, unless the number of its changes grows."""

    n_changes: int
    until_s: float
    rest_s: float


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
        self._resting: dict[int, _Rest] = {}  # by event

    def blend_next(self) -> str | None:
        """Blend one event that is due; return its name, or None when nothing is to be done.

        What cannot be blended is logged, and rests here for a while.
        """
        with transaction(self._sessions) as session:
            claim = ensembles.claim_due(
                session,
                owner=self._owner,
                now=self._clock(),
                lease_s=self._lease_s,
                except_ids=self._at_rest(ensembles.due(session)),
            )
            if claim is None:
                return None
            inputs = self._inputs_or_error(session, claim)
        try:
            if isinstance(inputs, Exception):
                raise inputs
            self._blend(inputs)
        except OperationalError:
            raise
        except Exception as error:  # of a kit or a scorer: the other events go on, this one rests
            if self.is_ending.is_set():
                logger.info("%s: asked to stop; it stays due", claim.event_name)
            else:
                logger.error("%s could not be blended: %s", claim.event_name, error, exc_info=True)
                self._let_rest(claim)
            self._write(ensembles.release, claim)
        return claim.event_name

    def blend_now(self, event_name: str) -> str:
        """Blend an event from the beginning, due or not; return what came out."""
        with transaction(self._sessions) as session:
            event = events.event_by_name(session, event_name)
            claim = ensembles.claim_now(session, event, owner=self._owner, now=self._clock())
            inputs = self._inputs(session, claim)
        self._memory_path(claim).unlink(missing_ok=True)
        try:
            result, is_recorded = self._blend(inputs)
        except BaseException:  # also of Ctrl-C: the claim would keep others from blending for a lease
            self._write(ensembles.release, claim)
            raise
        return _summary(inputs, result) + (
            "" if is_recorded else " A newer result is there already; it stays."
        )

    def is_idle(self) -> bool:
        """Return whether no event is due or being blended, apart from those that rest."""
        with transaction(self._sessions) as session:
            due = ensembles.due(session)
        return due.keys() <= self._at_rest(due)

    def _at_rest(self, due: dict[int, int]) -> set[int]:
        now_s = time.monotonic()
        return {
            event_id
            for event_id, rest in list(self._resting.items())
            if due.get(event_id) == rest.n_changes and now_s < rest.until_s
        }

    def _let_rest(self, claim: BlendClaim) -> None:
        last, rest_s = self._resting.get(claim.event_id), FIRST_REST_S
        if last is not None and last.n_changes == claim.n_changes:
            rest_s = min(MAX_REST_S, 4 * last.rest_s)
        self._resting[claim.event_id] = _Rest(claim.n_changes, time.monotonic() + rest_s, rest_s)

    def _inputs_or_error(self, session: Session, claim: BlendClaim) -> _Inputs | Exception:
        """Return the inputs, or why there are none: the claim is to be kept in either case."""
        try:
            return self._inputs(session, claim)
        except OperationalError:
            raise
        except Exception as error:  # raised again when the claim is committed
            return error

    def _inputs(self, session: Session, claim: BlendClaim) -> _Inputs:
        """Read what is to be blended, in the transaction of the claim: it is what the claim's count stands for."""
        event = events.event_by_name(session, claim.event_name)
        rows = ensembles.candidates(session, event)
        folders = {row.id: self._store.predictions_path(row.id, row.predictions_key) for row in rows}
        names = {row.id: row.name for row in rows}
        return _Inputs(
            claim, training_tasks.blending_task(event, self._store), event.max_n_ensemble, folders, names
        )

    def _blend(self, inputs: _Inputs) -> "tuple[EnsembleResult | None, bool]":
        result = None
        if inputs.folders:
            with self._renewal(inputs.claim):
                result = self._runner.blend(
                    inputs.task,
                    inputs.folders,
                    official=inputs.task.official,
                    max_n_ensemble=inputs.max_n_ensemble,
                    memory=self._memory_path(inputs.claim),
                )
            if result.left_out:
                logger.warning("%s:%s", inputs.claim.event_name, _lost(inputs, result))
        blended = result.contributivity if result else {}
        is_recorded = self._write(
            ensemble_results.record_claimed,
            inputs.claim,
            submission_ids=blended,
            result=result if blended else None,
            now=self._clock(),
        )
        logger.info("blended %s: %s submissions", inputs.claim.event_name, len(blended))
        return result, is_recorded

    def _renewal(self, claim: BlendClaim) -> Lane:
        """Return the lane that renews a claim; one that expires nevertheless means that two workers blend."""

        def renew() -> None:
            self._write(ensembles.renew, claim, now=self._clock())

        failure = f"{claim.event_name}: the claim was not renewed"
        return heartbeat("renewal", renew, every_s=self._lease_s / 4, logger=logger, failure=failure)

    def _write(self, use_case: Callable[..., T], *args: object, **kwargs: object) -> T:
        with transaction(self._sessions) as session:
            return use_case(session, *args, **kwargs)

    def _memory_path(self, claim: BlendClaim) -> Path:
        return self._store.home / "cache" / "ensembles" / f"{claim.event_id}.json"


def compute_contributivity(config: "Config", *, event_name: str) -> str:
    """Blend an event from the beginning, whatever is remembered; return what came out."""
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


def _summary(inputs: _Inputs, result: "EnsembleResult | None") -> str:
    if not (result and result.contributivity):
        nothing = f"{inputs.claim.event_name}: nothing can be blended; contributivities are zero."
        return nothing + (_lost(inputs, result) if result else "")
    percents = percentages({i: result.contributivity[i] for i in inputs.names if i in result.contributivity})
    shares = sorted(((share, i) for i, share in result.contributivity.items() if share > 0), reverse=True)
    parts = ", ".join(f"{inputs.names[i]} {percents[i]} %" for _, i in shares)
    combined = score_text(result.combined_valid[inputs.task.official], 4)
    head = f"{inputs.claim.event_name}: combined {inputs.task.official} {combined}; contributivity {parts}."
    return head + _lost(inputs, result)


def _lost(inputs: _Inputs, result: "EnsembleResult") -> str:
    if not result.left_out:
        return ""
    reasons = ", ".join(f"{inputs.names[i]} ({reason})" for i, reason in result.left_out.items())
    advice = " Left out, their predictions are missing or do not fit (run them again: fab set_state … new): "
    return f"{advice}{reasons}."
