"""What a Dask worker needs to run folds: a preload, started on the machines of the cluster.

    dask worker tls://… --nthreads 4 --preload databoard.runner.executors.dask_worker

It checks the jail of its machine first. Only when that holds it offers slots, one a thread, under the name
:data:`RESOURCE`; without it no fold comes, whatever else the worker does for others. Inputs come from the server by
their digests and stay in a folder of this machine. It holds no database and no label but those of training rows.
"""

import asyncio
import logging
import os
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from pathlib import Path

from distributed import Reschedule, Worker, get_worker
from distributed.core import Status

from databoard import __version__, jail
from databoard.errors import JailError
from databoard.runner import require_jail
from databoard.runner.executors.content import Content, ContentFolder
from databoard.runner.executors.local import Work
from databoard.runner.task import FoldInputs, FoldRun, FoldTask
from databoard.runner.warm_jails import WarmJails
from databoard.states import SubmissionState

#: Dask's name for our slots: how many a worker offers, one is what a fold takes.
RESOURCE = "DATABOARD"
#: What a machine that meets submissions must not hold.
SECRETS = ("DATABOARD_SECRET_KEY", "DATABOARD_DB_URL", "DATABOARD_DB_URL_TEST")
#: How often an input that does not come is asked for again, and how long in all.
ASK_EVERY_S, INPUTS_WITHIN_S = 30.0, 900.0
_LOOK_EVERY_S, _ENDED_WITHIN_S = 0.1, 10.0
_log = logging.getLogger("databoard.dask_worker")


#: The inputs of a fold on its way: its worker has them, or asks for them by their digests.
SENT_APART = FoldInputs(Path(), None, Path())


@dataclass(frozen=True, eq=False)
class Parcel:
    """One fold as it travels to a worker.

    Attributes
    ----------
    name : str
        The fold's own; what is told of it bears this name.
    topic : str
        Where the server listens.
    task : FoldTask
        Its ``inputs`` are :data:`SENT_APART`.
    x_train, x_test, labels : str
        Digests; ``x_test`` is ``None`` without hidden test rows.
    min_level : {"A", "B"}
        The least wall that will do.
    version : str
        Of the server's databoard.
    """

    name: str
    topic: str
    function: Work
    task: FoldTask
    x_train: str
    x_test: str | None
    labels: str
    min_level: str
    version: str = __version__


class Station:
    """What one worker process keeps for folds: warm jails and the folder of inputs.

    Parameters
    ----------
    folder : Path
        For inputs; shared by the worker processes of a machine.
    n_slots : int

    Raises
    ------
    JailError
        If the jail does not hold here, or this process knows a secret of the server.
    """

    def __init__(self, folder: Path, n_slots: int) -> None:
        known = [name for name in SECRETS if os.environ.get(name)]
        if known:
            raise JailError(f"Expected a Dask worker without {', '.join(known)}: unset it on this machine.")
        self.mode = os.environ.get("DATABOARD_JAIL", "").strip() or "bubblewrap"
        self.inputs = ContentFolder(folder)
        self.level = require_jail(self.mode, hidden=(folder,))
        jail.end_orphans()
        jail.allow_many_files()
        self.is_closing = False
        self._n_slots, self._n_running = n_slots, 0
        self._jails: dict[str, WarmJails] = {}
        self._drafts: dict[str, Path] = {}
        self._lock, self._arrived = threading.Lock(), threading.Condition()

    def run(self, parcel: Parcel, tell: Callable[..., None], gone: threading.Event) -> FoldRun:
        """Run a fold here; raises what it raises, and `CancelledError` when it is to end before it began."""
        with self._lock:
            self._n_running += 1
            jails = self._jails.setdefault(parcel.min_level, WarmJails(self._n_slots, parcel.min_level))
        try:
            self._refuse_what_cannot_run(parcel)
            inputs = FoldInputs(
                self._input(parcel.x_train, tell, gone),
                self._input(parcel.x_test, tell, gone) if parcel.x_test else None,
                self._input(parcel.labels, tell, gone),
            )
            task = replace(parcel.task, inputs=inputs)
            return parcel.function(
                task, lambda state: tell(state=str(state)), gone, jails
            )  # plain text: msgpack
        finally:
            with self._lock:
                self._n_running -= 1

    def receive(self, delivery: str, digest: str, piece: bytes, is_last: bool) -> None:
        """Take the next piece of an input."""
        draft = self._drafts.get(delivery)
        if draft is None:
            draft = self._drafts[delivery] = self.inputs.begin()
        with open(draft, "ab") as file:
            file.write(piece)
        if is_last:
            del self._drafts[delivery]
            if not self.inputs.keep(draft, digest):
                raise JailError(f"An input arrived altered: {digest}.")
            with self._arrived:
                self._arrived.notify_all()

    def close(self) -> None:
        """End the folds that run and every warm jail."""
        self.is_closing = True
        deadline_s = time.monotonic() + _ENDED_WITHIN_S
        while self._n_running and time.monotonic() < deadline_s:
            time.sleep(_LOOK_EVERY_S / 2)
        for jails in self._jails.values():
            jails.close()
        self.inputs.close()

    def _input(self, digest: str, tell: Callable[..., None], gone: threading.Event) -> Content:
        """Return an input, asked for when it is not here yet."""
        began_s, asked_s = time.monotonic(), -ASK_EVERY_S
        while (content := self.inputs.find(digest)) is None:
            now_s = time.monotonic()
            if gone.is_set():
                raise CancelledError
            if now_s > began_s + INPUTS_WITHIN_S:
                raise JailError(f"The server did not send an input within {INPUTS_WITHIN_S:g} s.")
            if now_s >= asked_s + ASK_EVERY_S:
                asked_s = now_s
                tell(wants=digest)
            with self._arrived:
                self._arrived.wait(_LOOK_EVERY_S)
        return content

    def _refuse_what_cannot_run(self, parcel: Parcel) -> None:
        if parcel.version != __version__:
            raise JailError(f"Expected databoard {parcel.version} as on the server, got {__version__}.")
        if parcel.task.jail_mode != self.mode:
            raise JailError(
                f"Expected folds for DATABOARD_JAIL={self.mode}, as this machine says, got {parcel.task.jail_mode}."
            )
        if parcel.min_level == "A" and self.level == "B":
            raise JailError(
                "Expected a jail of level A, as DATABOARD_JAIL_MIN_LEVEL asks, got one of level B."
            )
        interpreter = parcel.task.interpreter
        if interpreter is not None and not os.access(interpreter.executable, os.X_OK):
            raise JailError(
                f"Expected the environment of this kit at {interpreter.executable}, as on the server; it is not "
                "there. Build it under the same path with fab build_env, or share the folder."
            )


class _Released(threading.Event):
    """Set when nobody waits for a fold any more: it was cancelled, the server or the cluster is gone."""

    def __init__(self, worker: Worker, key: str, station: Station) -> None:
        super().__init__()
        self._worker, self._key, self._station = worker, key, station

    def is_set(self) -> bool:
        task = self._worker.state.tasks.get(self._key)
        is_wanted = task is not None and task.state in ("executing", "long-running")
        is_staying = self._worker.status in (Status.running, Status.paused, Status.closing_gracefully)
        return not (is_wanted and is_staying) or self._station.is_closing


_station: Station | None = None


async def dask_setup(worker: Worker) -> None:
    """Offer slots when the jail holds; called by Dask before the worker joins the cluster."""
    global _station
    folder = Path(worker.local_directory).parent / "databoard-inputs"
    _station = await asyncio.to_thread(Station, folder, worker.state.nthreads)
    for resources in (worker.state.total_resources, worker.state.available_resources):
        resources[RESOURCE] = worker.state.nthreads
    _log.info("jail of level %s, %s slots for folds", _station.level, worker.state.nthreads)


async def dask_teardown(worker: Worker) -> None:
    """End what runs; called by Dask when the worker leaves."""
    if _station is not None:
        await asyncio.to_thread(_station.close)


def run_parcel(packed: bytes) -> FoldRun:
    """Run the fold of a pickled :class:`Parcel` on the worker that this is called on.

    Raises
    ------
    JailError
        Naming the worker.
    Reschedule
        When it was ended although somebody may still wait for it: Dask runs it elsewhere.
    """
    worker, parcel = get_worker(), pickle.loads(packed)  # noqa: S301  (from our own server)
    if _station is None:
        raise JailError(f"Dask worker {worker.address} offers slots without the preload {__name__}.")

    def tell(**news: object) -> None:
        worker.log_event(parcel.topic, {"fold": parcel.name, "worker": worker.address, **news})

    gone = _Released(worker, str(worker.get_current_task()), _station)
    tell(has_begun=True)
    try:
        run = _station.run(parcel, tell, gone)
    except JailError as error:
        if gone.is_set():
            raise Reschedule from error
        raise JailError(f"On Dask worker {worker.address}: {error}") from error
    except CancelledError:
        raise Reschedule from None
    finally:
        tell(has_ended=True)
    if run.state == SubmissionState.cancelled:
        raise Reschedule
    return run


async def receive(delivery: str, digest: str, piece: bytes, is_last: bool) -> None:
    """Take the next piece of an input, sent by the server."""
    if _station is not None:
        await asyncio.to_thread(_station.receive, delivery, digest, piece, is_last)
