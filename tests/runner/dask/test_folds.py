"""Folds on a Dask cluster of three workers, in real jails: the same results as on this machine."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from databoard import kits
from databoard.errors import JailError
from databoard.runner import train_test
from databoard.runner.executors import LocalExecutor, dask, dask_cluster
from tests.dask_cluster import HOSTS, full_disk
from tests.runner.dask.marked import MARKED, MEAN, ys


def test_folds_on_the_cluster_score_as_those_of_this_machine(far, runner, task_of):
    there, here = far.train_test(task_of()), runner.train_test(task_of())
    assert [run.state for run in there] == ["tested"] * 4
    for far_run, near_run in zip(there, here, strict=True):
        assert np.array_equal(far_run.y_pred_train, near_run.y_pred_train)
        assert np.array_equal(far_run.y_pred_test, near_run.y_pred_test)
    assert far.score(task_of(), there) == far.score(task_of(), here)


def test_states_of_each_fold_are_told_in_order_in_the_thread_that_asked(far, task_of):
    told = []
    far.train_test(
        task_of(), on_fold=lambda number, state: told.append((number, state, threading.get_ident()))
    )
    for number in range(4):
        states = [state for found, state, _ in told if found == number]
        assert states == ["training", "trained", "validated", "tested"]
    assert {thread for *_, thread in told} == {threading.get_ident()}


def test_an_error_of_the_submission_comes_home_as_it_is(far, task_of):
    runs = far.train_test(task_of(MEAN.replace(b"pass  # here", b"1 / 0")))
    assert {(run.state, run.error_code) for run in runs} == {("training_error", "training_error")}
    assert "ZeroDivisionError" in runs[0].trace


def test_what_no_worker_offers_is_a_fault_and_not_a_wait_without_end(far, task_of, monkeypatch):
    monkeypatch.setattr(dask, "SLOT_WITHIN_S", 0.5)
    monkeypatch.setattr(dask, "_COUNT_EVERY_S", 0.2)
    with pytest.raises(JailError, match="No Dask worker offers DATABOARD=1 TPU=1"):
        far.train_test(task_of(resources="TPU=1"))


def test_folds_run_only_where_what_their_event_asks_for_is(far, task_of, monkeypatch):
    begun, take = [], far.engine._take

    def listen(fold, worker, **news):
        begun.extend([worker] if "has_begun" in news else [])
        take(fold, worker, **news)

    monkeypatch.setattr(far.engine, "_take", listen)
    assert {run.state for run in far.train_test(task_of(resources="GPU=1"))} == {"tested"}
    assert len(begun) == 4 and all(worker.startswith(f"tcp://{HOSTS[2]}:") for worker in begun)


def test_inputs_that_are_sent_in_many_pieces_arrive_whole(far, runner, task_of, tmp_path, monkeypatch):
    monkeypatch.setattr(dask_cluster, "_PIECE_BYTES", 500)
    (tmp_path / "marked").mkdir()
    (tmp_path / "marked" / "problem.py").write_text(MARKED.replace("size=(120, 3))", "size=(120, 3)) * 2"))
    kit = kits.load(tmp_path / "marked")
    task = task_of(kit_path=kit.path, kit_version=kit.version)
    assert all(
        np.array_equal(*pair)
        for pair in zip(ys(far.train_test(task)), ys(runner.train_test(task)), strict=True)
    )


def test_a_check_runs_on_the_server_whatever_the_cluster_does(far, task_of, monkeypatch):
    monkeypatch.setattr(far.engine, "submit", None)
    assert far.check(task_of()) is None
    assert far.check(task_of(MEAN.replace(b"pass  # here", b"no_such_name"))).state == "training_error"


def test_both_engines_answer_to_the_same_calls():
    local, far = ({n for n in vars(c) if not n.startswith("_")} for c in (LocalExecutor, dask.DaskExecutor))
    assert local == far == {"submit", "n_slots", "is_queued", "shutdown"}


def test_what_came_home_is_forgotten_by_the_cluster(far, task_of):
    far.train_test(task_of())
    deadline_s = time.monotonic() + 10
    while held := [keys for keys in far.engine._cluster._connected().has_what().values() if keys]:
        assert time.monotonic() < deadline_s, held
        time.sleep(0.1)


def test_a_fold_s_own_error_is_none_of_the_cluster(far, task_of, monkeypatch):
    monkeypatch.setattr(train_test, "run_fold", full_disk)
    with pytest.raises(OSError, match="No space left"):
        far.train_test(task_of())


def test_without_a_scheduler_set_dask_is_not_even_imported():
    code = "import sys, databoard.worker; print([name for name in ('dask', 'distributed') if name in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True
    )
    assert told.stdout.strip() == "[]", told.stderr
