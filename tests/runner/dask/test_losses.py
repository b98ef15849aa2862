"""A Dask cluster loses workers, its scheduler or its server: no fold is lost, and no process is left."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from databoard.errors import EngineLost
from databoard.runner.executors import dask, dask_cluster
from tests.dask_cluster import await_none, await_sleepers, await_slots, below
from tests.runner.dask.marked import SLOW, sleeper, ys


def test_folds_of_a_worker_that_is_killed_run_elsewhere(far, task_of, all_hosts):
    states, left_behind, expected = [], [], far.train_test(task_of())

    def kill_one(number, state):
        states.append((number, state))
        if len(states) == 4:  # every fold is in its fit
            (address, *_) = [flight.running_on for flight in far.engine._flights.values()]
            victim = all_hosts.workers[address.removeprefix("tcp://").split(":")[0]]
            left_behind.extend(below(victim))
            victim.kill()

    runs = far.train_test(task_of(SLOW), on_fold=kill_one)
    assert len(left_behind) > 3  # a zygote and what is below it
    assert [run.state for run in runs] == ["tested"] * 4
    assert all(np.array_equal(*pair) for pair in zip(*(ys(r) for r in (runs, expected)), strict=True))
    assert len(set(states)) == len(states) == 16  # a fold that ran twice told nothing twice
    await_none(left_behind)


def test_processes_of_a_cancelled_submission_are_gone_within_ten_seconds(far, task_of):
    cancelled = threading.Event()
    thread, runs = in_a_thread(far, task_of(sleeper(3711.25)), cancelled)
    await_sleepers(3711.25, 4)
    cancelled.set()
    await_sleepers(3711.25, 0, within_s=10)
    thread.join(10)
    assert {(run.state, run.error_code) for run in runs} == {("cancelled", None)}
    assert {run.state for run in far.train_test(task_of())} == {"tested"}


def in_a_thread(runner, task, cancelled=None):
    runs = []
    thread = threading.Thread(target=lambda: runs.extend(runner.train_test(task, cancelled=cancelled)))
    thread.start()
    return thread, runs


def test_folds_end_when_their_server_is_killed(all_hosts, task_of, tmp_path, far):
    (tmp_path / "task").write_bytes(pickle.dumps(task_of(sleeper(3712.5))))
    code = f"""
import pickle
from pathlib import Path
from databoard.runner import Runner
here = Path({str(tmp_path)!r})
task = pickle.loads((here / "task").read_bytes())
with Runner(home=here / "home", jail_mode="bubblewrap", n_parallel=0, scheduler={all_hosts.address!r}) as runner:
    runner.train_test(task)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3]) as server:
        try:
            await_sleepers(3712.5, 4)
        finally:
            server.kill()
    await_sleepers(3712.5, 0, within_s=10)


def test_a_lost_scheduler_is_told_from_a_fault_and_the_runner_comes_back(
    far, task_of, all_hosts, monkeypatch
):
    def kill(number, state):
        if all_hosts.scheduler is not None:
            all_hosts.kill_scheduler()

    with monkeypatch.context() as hurry:
        hurry.setattr(dask_cluster, "CONNECT_WITHIN_S", 2)
        with pytest.raises(EngineLost):
            far.train_test(task_of(sleeper(3713.75)), on_fold=kill)
        with pytest.raises(EngineLost, match="does not answer"):
            far.engine.n_slots()
    all_hosts.await_workers_gone()
    await_sleepers(3713.75, 0, within_s=10)
    all_hosts.start()
    await_slots(far)
    assert {run.state for run in far.train_test(task_of())} == {"tested"}


def test_a_scheduler_that_was_started_again_unnoticed_hears_of_the_server_anew(far, task_of, all_hosts):
    await_slots(far)
    all_hosts.kill_scheduler()
    all_hosts.await_workers_gone()
    all_hosts.start()
    time.sleep(4)  # Dask's client has connected again by itself
    await_slots(far)
    states = []
    assert {
        run.state for run in far.train_test(task_of(), on_fold=lambda number, state: states.append(state))
    } == {"tested"}
    assert set(states) >= {"training", "trained", "validated"}


def test_a_scheduler_that_hangs_is_lost_and_keeps_nobody(far, task_of, all_hosts, monkeypatch):
    monkeypatch.setattr(dask_cluster, "ANSWER_WITHIN_S", 1)
    monkeypatch.setattr(dask, "SLOT_WITHIN_S", 1)
    monkeypatch.setattr(dask, "_COUNT_EVERY_S", 0.2)
    os.kill(all_hosts.scheduler.pid, signal.SIGSTOP)
    try:
        with pytest.raises(EngineLost, match="does not answer"):
            far.train_test(task_of())
        with pytest.raises(EngineLost, match="does not answer"):
            far.engine.n_slots()
        began_s = time.monotonic()
        far.close()
        assert time.monotonic() < began_s + 15
    finally:
        os.kill(all_hosts.scheduler.pid, signal.SIGCONT)
