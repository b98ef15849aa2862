"""Run folds on a Dask cluster: the engine for several machines. Imported only when a scheduler is set.

One thread follows all folds and alone changes what is known of them; whatever happens elsewhere (a word from a
worker, a fold that landed) is a call in its queue. What a worker may learn of the server is in a :class:`Parcel` and
in the inputs that it asks for by digest: X and labels of training rows, nothing else.
"""

import contextlib
import logging
import math
import queue
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from databoard.errors import EngineLost, JailError
from databoard.runner.executors.content import digest_of, path_of
from databoard.runner.executors.dask_cluster import Cluster
from databoard.runner.executors.dask_worker import RESOURCE, SENT_APART, Parcel
from databoard.runner.executors.local import Work
from databoard.runner.task import FoldRun, FoldTask
from databoard.states import SubmissionState

if TYPE_CHECKING:
    import distributed

#: So long a fold may wait while no worker of the cluster could take it.
SLOT_WITHIN_S = 60.0
_LOOK_EVERY_S, _COUNT_EVERY_S, _ENDED_WITHIN_S, _HOME_WITHIN_S = 0.2, 5.0, 10.0, 300.0
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Flight:
    """A fold on its way."""

    parcel: Parcel
    needs: dict[str, float]
    offered: dict[str, Path]
    on_state: Callable[[str], None]
    cancelled: threading.Event
    future: "Future[FoldRun]" = field(default_factory=Future)
    remote: "distributed.Future[FoldRun] | None" = None  # Dask's future, once it was sent
    running_on: str = ""
    has_begun: bool = False
    is_ending: bool = False
    ended_by_s: float = 0.0
    unplaced_since_s: float | None = None
    states: set[str] = field(default_factory=set)


class DaskExecutor:
    """An executor of folds on the workers of a cluster that run the preload ``dask_worker``.

    Parameters
    ----------
    scheduler : str
        ``tcp://host:port`` or ``tls://host:port``; certificates are Dask's own settings.
    n_parallel : int
        Folds at once; 0 for as many as the cluster takes.
    min_level : {"A", "B"}
        The least wall that will do.
    """

    def __init__(self, scheduler: str, n_parallel: int = 0, min_level: str = "B") -> None:
        self._n_parallel, self._min_level = n_parallel, min_level
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._cluster = Cluster(scheduler, lambda news: self._calls.put(lambda: self._take(**news)))
        self._flights: dict[str, _Flight] = {}
        self._is_closing, self._look_at_s, self._count_at_s = False, 0.0, 0.0
        # Who sends a large input must not keep others from being ended.
        self._helpers = ThreadPoolExecutor(4, thread_name_prefix="dask-fold")
        self._senders = ThreadPoolExecutor(2, thread_name_prefix="dask-input")
        self._follower = threading.Thread(target=self._follow, name="dask-folds", daemon=True)
        self._follower.start()

    def submit(
        self, function: Work, task: FoldTask, on_state: Callable[[str], None], cancelled: threading.Event, /
    ) -> "Future[FoldRun]":
        """Run ``function(task, on_state, cancelled, jails)`` on a worker, with the jails of that; return its future.

        The future raises `EngineLost` when the cluster goes away, else what the function raises.
        """
        inputs = task.inputs
        x_train, labels = digest_of(path_of(inputs.x_train)), digest_of(path_of(inputs.labels))
        offered = {x_train: path_of(inputs.x_train), labels: path_of(inputs.labels)}
        x_test = None
        if inputs.x_test is not None:
            x_test = digest_of(path_of(inputs.x_test))
            offered[x_test] = path_of(inputs.x_test)
        parcel = Parcel(
            name=f"databoard-fold-{secrets.token_hex(8)}",
            topic=self._cluster.topic,
            function=function,
            task=replace(task, inputs=SENT_APART),
            x_train=x_train,
            x_test=x_test,
            labels=labels,
            min_level=self._min_level,
        )
        flight = _Flight(parcel, {RESOURCE: 1.0, **wanted(task.resources)}, offered, on_state, cancelled)
        flight.future.set_running_or_notify_cancel()
        self._calls.put(lambda: self._add(flight))
        return flight.future

    def n_slots(self) -> int:
        """Return how many folds run at once.

        Raises
        ------
        EngineLost
            If the scheduler does not answer or no worker offers a slot.
        """
        n_slots = int(sum(offer.get(RESOURCE, 0) for offer in self._cluster.offers().values()))
        if not n_slots:
            raise EngineLost(
                f"No worker of the Dask cluster {self._cluster.scheduler} offers slots. Start some with --preload "
                "databoard.runner.executors.dask_worker; one whose jail does not hold says so in its log."
            )
        return min(n_slots, self._n_parallel or n_slots)

    def is_queued(self) -> bool:
        """Return whether a fold waits for a slot: that time is the cluster's, not the job's."""
        return any(not flight.has_begun for flight in list(self._flights.values()))

    def shutdown(self) -> None:
        """End every fold and leave the cluster."""
        self._is_closing = True
        self._calls.put(lambda: None)  # it may wait for a call
        self._follower.join()
        self._cluster.close()
        for helpers in (self._helpers, self._senders):
            helpers.shutdown(wait=True, cancel_futures=True)

    def _follow(self) -> None:
        while not (self._is_closing and not self._flights and self._calls.empty()):
            try:
                with contextlib.suppress(queue.Empty):
                    self._calls.get(timeout=_LOOK_EVERY_S if self._flights else None)()
                if time.monotonic() >= self._look_at_s:
                    self._look_at_s = time.monotonic() + _LOOK_EVERY_S
                    self._look()
            except Exception:  # report the end of each fold, whatever happened to another
                _log.exception("a fold on the Dask cluster could not be followed")

    def _add(self, flight: _Flight) -> None:
        self._flights[flight.parcel.name] = flight
        self._launch()

    def _launch(self) -> None:
        """Send what waits here, up to the number of folds at once."""
        n_flying = sum(flight.remote is not None for flight in self._flights.values())
        waiting = [flight for flight in self._flights.values() if flight.remote is None]
        room = max(self._n_parallel - n_flying, 0) if self._n_parallel else len(waiting)
        try:
            for flight in waiting[:room]:
                flight.remote = self._cluster.send(flight.parcel, flight.needs)
                flight.remote.add_done_callback(
                    lambda remote, flight=flight: self._help(self._collect, flight, remote)
                )
        except Exception as error:  # the others would wait for the same
            for flight in waiting:
                self._land(flight, error=error)

    def _look(self) -> None:
        """End what was cancelled; once in a while see whether what waits has somewhere to go."""
        for flight in list(self._flights.values()):
            if not flight.is_ending and (self._is_closing or flight.cancelled.is_set()):
                flight.is_ending, flight.ended_by_s = True, time.monotonic() + _ENDED_WITHIN_S
                if flight.remote is not None:
                    self._help(flight.remote.cancel)
            if flight.is_ending and (not flight.running_on or time.monotonic() > flight.ended_by_s):
                words = "while it ran" if flight.has_begun else "before it started"
                number = flight.parcel.task.number
                self._land(
                    flight, run=FoldRun(number, SubmissionState.cancelled, message=f"Cancelled {words}.")
                )
        self._launch()
        if time.monotonic() >= self._count_at_s and self._flights:
            self._count_at_s = math.inf  # until the answer is here
            self._help(self._count)

    def _help(
        self, function: Callable[..., object], *arguments: object, helpers: ThreadPoolExecutor | None = None
    ) -> None:
        """Call what may take a while in another thread; when closing, not at all."""
        with contextlib.suppress(RuntimeError):
            (helpers or self._helpers).submit(function, *arguments)

    def _collect(self, flight: _Flight, remote: "distributed.Future[FoldRun]") -> None:
        """Bring home what a fold returned or raised."""
        try:
            facts: dict[str, Any] = {"run": remote.result(timeout=_HOME_WITHIN_S)}
        except Exception as error:  # what a fold raised on another machine arrives as it was
            is_of_the_fold = remote.status == "error"
            facts = {"error": error if is_of_the_fold else self._lost(error)}
        self._calls.put(lambda: self._take_home(flight, **facts))

    def _take_home(self, flight: _Flight, **facts: Any) -> None:
        if not flight.is_ending:
            self._land(flight, **facts)
            self._launch()

    def _lost(self, error: Exception) -> EngineLost:
        why = " ".join(str(error).split())
        lost = EngineLost(f"The Dask cluster {self._cluster.scheduler} lost a fold: {why}")
        lost.__cause__ = error
        return lost

    def _land(
        self, flight: _Flight, *, run: FoldRun | None = None, error: BaseException | None = None
    ) -> None:
        if self._flights.pop(flight.parcel.name, None) is None:
            return
        if error is not None:
            flight.future.set_exception(error)
        elif run is not None:
            flight.future.set_result(run)
        if flight.remote is not None:
            flight.remote.release()  # the cluster may forget it

    def _take(self, fold: str, worker: str, **news: Any) -> None:
        """Take a word from a worker."""
        flight = self._flights.get(fold)
        if flight is None:
            return
        if "has_begun" in news:
            flight.has_begun, flight.running_on = True, worker
        elif "has_ended" in news and flight.running_on == worker:
            flight.running_on = ""
        elif "state" in news and news["state"] not in flight.states:  # of a fold that is run again, no news
            flight.states.add(news["state"])
            flight.on_state(news["state"])
        elif news.get("wants") in flight.offered:
            path = flight.offered[news["wants"]]
            self._help(self._cluster.deliver, worker, news["wants"], path, helpers=self._senders)

    def _count(self) -> None:
        """Ask the scheduler for its workers, also to see that it answers."""
        try:
            offers, lost = self._cluster.offers(), None
        except EngineLost as error:
            offers, lost = {}, error
        self._calls.put(lambda: self._fail_what_nobody_takes(offers, lost))

    def _fail_what_nobody_takes(self, offers: dict[str, dict[str, float]], lost: EngineLost | None) -> None:
        now_s = time.monotonic()
        self._count_at_s = now_s + _COUNT_EVERY_S
        for flight in [flight for flight in self._flights.values() if not flight.is_ending]:
            if lost is None and _has_a_place(flight, offers):
                flight.unplaced_since_s = None
            elif flight.unplaced_since_s is None:
                flight.unplaced_since_s = now_s
            elif now_s > flight.unplaced_since_s + SLOT_WITHIN_S:
                self._land(flight, error=lost or _nobody_takes(flight.needs, offers))


def _has_a_place(flight: _Flight, offers: dict[str, dict[str, float]]) -> bool:
    is_running = flight.running_on in offers or (flight.has_begun and not flight.running_on)
    return is_running or any(
        all(offer.get(name, 0) >= n for name, n in flight.needs.items()) for offer in offers.values()
    )


def wanted(resources: str) -> dict[str, float]:
    """Return what an event asks of a worker, ``"GPU=1 MEMORY=8e9"``, by name."""
    return {name: float(number) for name, _, number in (word.partition("=") for word in resources.split())}


def _nobody_takes(needs: dict[str, float], offers: dict[str, dict[str, float]]) -> Exception:
    if not any(offer.get(RESOURCE, 0) for offer in offers.values()):
        return EngineLost("Every Dask worker with slots for folds has left the cluster.")
    words = " ".join(f"{name}={number:g}" for name, number in needs.items())
    return JailError(f"No Dask worker offers {words}. Start one with --resources, or change the event's.")
