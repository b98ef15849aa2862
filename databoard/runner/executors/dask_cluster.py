"""The server's way to a Dask cluster: connect again when the scheduler was lost, send folds and their inputs."""

import asyncio
import contextlib
import logging
import pickle
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import distributed
from distributed import Client

from databoard.errors import EngineLost
from databoard.runner.executors.dask_worker import Parcel, receive, run_parcel
from databoard.runner.task import FoldRun

CONNECT_WITHIN_S, ANSWER_WITHIN_S = 10.0, 30.0
_PIECE_BYTES = 8 << 20
_log = logging.getLogger(__name__)


def keep_words_of_dask_short() -> None:
    """Let every logger of Dask write one line a record: a cluster that is away is our news, not a fault."""
    library = logging.getLogger("distributed")
    for name in [name for name in library.manager.loggerDict if name.startswith("distributed.")]:
        below = logging.getLogger(name)  # Dask gives some of them handlers of their own
        below.handlers[:], below.propagate = [], True
    library.handlers[:], library.propagate = [_OneLine()], False


class _OneLine(logging.Handler):
    """Gives records to the handlers of the root in one line, without a trace; leaves out what was broken off."""

    def emit(self, record: logging.LogRecord) -> None:
        words, error = record.getMessage(), record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return
        if error is not None:
            words = f"{words} {type(error).__name__}: {error}"
        facts = {**vars(record), "msg": " ".join(words.split()), "args": None}
        facts |= {"exc_info": None, "exc_text": None, "stack_info": None}
        logging.getLogger().handle(logging.makeLogRecord(facts))


class Cluster:
    """A scheduler and its workers. Safe for threads.

    Parameters
    ----------
    scheduler : str
        ``tcp://host:port`` or ``tls://host:port``; certificates are Dask's own settings.
    on_news : callable
        Called with what a worker tells of a fold, a dict, in a thread of Dask's.

    Attributes
    ----------
    topic : str
        Where it listens to workers.
    """

    def __init__(self, scheduler: str, on_news: Callable[[dict[str, Any]], None]) -> None:
        self.scheduler, self.topic = scheduler, f"databoard-{secrets.token_hex(8)}"
        self._on_news = on_news
        self._client: Client | None = None
        self._scheduler_id = ""  # of the one that was told the topic
        self._connecting, self._delivering = threading.Lock(), threading.Lock()
        self._deliveries: set[tuple[str, str]] = set()
        keep_words_of_dask_short()

    def send(self, parcel: Parcel, resources: dict[str, float]) -> "distributed.Future[FoldRun]":
        """Give a fold to the scheduler; return Dask's future of its run.

        Raises
        ------
        EngineLost
            If the scheduler does not answer.
        """
        return self._connected().submit(
            run_parcel, pickle.dumps(parcel), key=parcel.name, pure=False, resources=resources
        )

    def offers(self) -> dict[str, dict[str, float]]:
        """Return by address what each worker offers in all, by Dask's names of resources.

        Raises
        ------
        EngineLost
            If the scheduler does not answer.
        """
        facts = self._identity(self._connected())
        if facts["id"] != self._scheduler_id:
            with self._connecting:
                self._drop()
            raise EngineLost(
                f"The Dask scheduler {self.scheduler} was started again; it has lost the folds of this worker."
            )
        workers = facts["workers"].items()
        return {address: worker["resources"] for address, worker in workers if worker["status"] == "running"}

    def deliver(self, worker: str, digest: str, path: Path) -> None:
        """Send a file to a worker that asked for it, unless that is being done."""
        with self._delivering:
            if (worker, digest) in self._deliveries:
                return
            self._deliveries.add((worker, digest))
        try:
            self._deliver(worker, digest, path)
        except Exception as error:  # the worker is gone, or asks again
            _log.warning("an input did not reach Dask worker %s: %s", worker, error)
        finally:
            with self._delivering:
                self._deliveries.discard((worker, digest))

    def close(self) -> None:
        """Leave the cluster; it ends what this server had running there."""
        with self._connecting:
            self._drop()

    def _deliver(self, worker: str, digest: str, path: Path) -> None:
        delivery, n_left = secrets.token_hex(8), path.stat().st_size
        with open(path, "rb") as file:
            while piece := file.read(_PIECE_BYTES):
                n_left -= len(piece)
                self._connected().run(receive, delivery, digest, piece, n_left <= 0, workers=[worker])

    def _connected(self) -> Client:
        """Return a client of the cluster, a new one when the last lost its scheduler."""
        with self._connecting:
            if self._client is None or self._client.status != "running":
                self._drop()
                try:
                    self._client = Client(self.scheduler, timeout=CONNECT_WITHIN_S, set_as_default=False)
                except (OSError, ImportError, RuntimeError, ValueError) as error:
                    raise self._lost(error) from error
                # Dask's client connects again by itself, too, but then the new scheduler knows of no topic.
                self._scheduler_id = self._identity(self._client)["id"]
                self._client.subscribe_topic(self.topic, lambda event: self._on_news(event[1]))
            return self._client

    def _identity(self, client: Client) -> dict[str, Any]:
        """Return what the scheduler says of itself and all its workers."""
        try:
            if client.scheduler is None:
                raise RuntimeError("the client is closed")
            identity: dict[str, Any] = client.sync(
                client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER_WITHIN_S
            )
            return identity
        except (OSError, RuntimeError) as error:
            raise self._lost(error) from error

    def _drop(self) -> None:
        client, self._client, self._scheduler_id = self._client, None, ""
        if client is not None:
            with contextlib.suppress(Exception):
                client.close(timeout=2)

    def _lost(self, error: Exception) -> EngineLost:
        why = " ".join(str(error).split()) or type(error).__name__
        return EngineLost(f"The Dask scheduler {self.scheduler} does not answer: {why}")
