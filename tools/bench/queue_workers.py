"""Processes that empty a queue by the services that a worker calls. Called by `queue_rates`."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.services.base.database import open_engine, session_factory, transaction
from databoard.services.base.files import FileStore
from databoard.services.queue import jobs
from databoard.services.queue.jobs import Claim
from databoard.services.queue.order import QUEUED_STEPS
from databoard.services.results import recording
from databoard.states import JobState
from tools.bench import new_results
from tools.bench.course import Course


class Crew:
    """Worker processes that wait for orders while the block lasts."""

    def __init__(self, place: Course, n: int):
        self._place, self._n = place, n
        self._workers: list[tuple[BaseProcess, Connection]] = []

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        store = self._place.store
        for number in range(self._n):
            near, far = context.Pipe()
            words = (far, self._place.url, store.home, store.problems, f"worker{number}")
            process = context.Process(target=serve, args=words, daemon=True)
            process.start()
            far.close()  # the worker holds it alone: its end is noticed
            self._workers.append((process, near))
        for _, connection in self._workers:
            connection.recv()
        return self

    def __exit__(self, *raised: object) -> None:
        for process, _ in self._workers:
            process.kill()
            process.join()

    def rate(self, way: str, n_workers: int, n_jobs: int) -> float:
        """Let so many workers empty the queue; return the jobs per second from the order to the last end.

        Raises
        ------
        SystemExit
            If they did not do every job once.
        """
        chosen, began_s = self._workers[:n_workers], time.monotonic()
        for _, connection in chosen:
            connection.send(way)
        ends: list[tuple[int, float]] = [connection.recv() for _, connection in chosen]
        n_done = sum(n for n, _ in ends)
        if n_done != n_jobs:
            raise SystemExit(f"{n_workers} workers did {n_done} of {n_jobs} jobs.")
        return n_done / (max(ended_s for n, ended_s in ends if n) - began_s)


def serve(orders: Connection, url: str, home: Path, problems: Path, name: str) -> None:
    """Empty the queue each time that the name of a way comes; answer with the number of jobs and the last end."""
    store = FileStore(home, problems)
    with open_engine(url) as engine:
        sessions = session_factory(engine)
        _claim(sessions, name)
        orders.send("ready")
        while True:
            work, n_done, ended_s = PASSES[orders.recv()], 0, 0.0
            while (claim := _claim(sessions, name)) is not None:
                work(sessions, store, claim)
                n_done, ended_s = n_done + 1, time.monotonic()
            orders.send((n_done, ended_s))


def finish(sessions: sessionmaker[Session], store: FileStore, claim: Claim) -> None:
    """End a claimed job, and nothing else."""
    with transaction(sessions) as session:
        job = jobs.lock_held(session, claim, now=utc_now())
        jobs.finish(session, job, state=JobState.success, now=utc_now())


def record(sessions: sessionmaker[Session], store: FileStore, claim: Claim) -> None:
    """Start the training of a claimed job and record its scores."""
    with transaction(sessions) as session:
        recording.start(session, claim, store=store, now=utc_now())
    with transaction(sessions) as session:
        event = Course.event(session)
        runs, scores = new_results.fold_runs(event), new_results.scores(event, 0.9)
        recording.record_scores(session, claim, runs=runs, scores=scores, now=utc_now())


#: What a worker does with a claimed job.
PASSES = {"finish": finish, "record": record}


def _claim(sessions: sessionmaker[Session], name: str) -> Claim | None:
    with transaction(sessions) as session:
        return jobs.claim_next(session, worker=name, now=utc_now(), steps=QUEUED_STEPS)
