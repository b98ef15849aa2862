"""Folds on a Dask cluster of three workers, in real jails: the same results whatever dies, and no label too many."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from databoard import kits
from databoard.errors import EngineLost, JailError
from databoard.runner import Limits, Runner, TrainingTask, train_test
from databoard.runner.executors import LocalExecutor, dask, dask_cluster
from tests.dask_cluster import HOSTS, Cluster, await_none, await_sleepers, await_slots, below, full_disk

MARKED = """
import numpy as np
from databoard.scoring import prediction_types, score_types
from databoard.workflows import Regressor

problem_title = "Marked"
Predictions = prediction_types.make_regression()
workflow = Regressor()
score_types = [score_types.RMSE(name="rmse")]

def get_cv(X, y):
    pool, rest = np.arange(80), np.arange(80, 120)
    return [(pool[pool % 4 != k], np.concatenate([pool[pool % 4 == k], rest])) for k in range(4)]

def get_train_data(path="."):
    random = np.random.default_rng(1)
    return random.normal(size=(120, 3)), random.uniform(1, 2, size=120)

def get_test_data(path="."):
    random = np.random.default_rng(2)
    return random.normal(size=(30, 3)), random.uniform(1, 2, size=30)
"""
MEAN = b"""
import subprocess, time
import numpy as np

class Regressor:
    def fit(self, X, y):
        pass  # here
        self.mean = y.mean()

    def predict(self, X):
        return self.mean + X[:, 0]
"""
SLOW = MEAN.replace(b"pass  # here", b"time.sleep(2)")


def sleeper(seconds):
    return MEAN.replace(b"pass  # here", f'subprocess.run(["sleep", "{seconds}"])'.encode())


@pytest.fixture(scope="module")
def all_hosts(tmp_path_factory, bare_environment):
    with Cluster(tmp_path_factory.mktemp("cluster"), bare_environment) as cluster:
        yield cluster


@pytest.fixture
def far(all_hosts, tmp_path, monkeypatch):
    """A runner whose folds run on three workers that are all there; its own process knows secrets."""
    monkeypatch.setenv("DATABOARD_SECRET_KEY", "the-secret-key-of-the-server-8c1e")
    monkeypatch.setenv("DATABOARD_DB_URL", "postgresql://databoard:password-77f0@localhost/databoard")
    all_hosts.start()
    home = tmp_path / "far"
    with Runner(home=home, jail_mode="bubblewrap", n_parallel=0, scheduler=all_hosts.address) as runner:
        await_slots(runner)
        yield runner


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kits") / "marked"
    folder.mkdir()
    (folder / "problem.py").write_text(MARKED)
    return kits.load(folder)


@pytest.fixture
def task_of(marked):
    def make(source=MEAN, **facts):
        files, limits = {"regressor.py": source}, Limits(wall_time_s=60, memory_bytes=512 << 20)
        scores = (("rmse", "rmse"),)
        task = TrainingTask(marked.path, marked.version, kits.folds(marked), files, limits, scores, "rmse")
        return replace(task, **facts)

    return make


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


def ys(runs):
    return [run.y_pred_train for run in runs]


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
    with subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2]) as server:
        try:
            await_sleepers(3712.5, 4)
        finally:
            server.kill()
    await_sleepers(3712.5, 0, within_s=10)


def test_a_lost_scheduler_is_told_from_a_fault_and_the_runner_comes_back(
    far, task_of, all_hosts, monkeypatch
):
    monkeypatch.setattr(dask_cluster, "CONNECT_WITHIN_S", 2)

    def kill(number, state):
        if all_hosts.scheduler is not None:
            all_hosts.kill_scheduler()

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


def test_nothing_sent_to_a_worker_holds_a_label_too_many_or_a_secret(far, task_of, marked, all_hosts):
    far.train_test(task_of())
    y, y_test = kits.train_data(marked)[1], kits.test_data(marked)[1]
    messages, reached = (b"\0".join(map(all_hosts.received, HOSTS)), everything_that_reached(all_hosts))
    assert found(y[:80], messages) == 80  # in training rows of some fold: the scan can see labels
    assert b"class Regressor" in messages
    assert found(y[80:], reached) == 0  # validated in every fold, trained on in none
    assert found(y_test, reached) == 0
    for secret in (b"the-secret-key-of-the-server-8c1e", b"password-77f0", b"DATABOARD_SECRET_KEY"):
        assert secret not in reached


def test_the_labels_that_a_worker_keeps_are_those_of_the_training_rows_of_one_fold(
    far, task_of, marked, all_hosts
):
    far.train_test(task_of())
    y, n_found = kits.train_data(marked)[1], 0
    for host in HOSTS:
        for path in all_hosts.inputs(host).values():
            content = pickle.loads(path.read_bytes())
            if isinstance(content, tuple):
                labels, train_is, _ = content
                n_found += 1
                assert set(labels) == set(y[train_is]) and np.array_equal(labels[train_is], y[train_is])
    assert n_found >= 4


def everything_that_reached(cluster):
    """Return messages, cached files and environments of all workers as bytes."""
    pieces = [cluster.received(host) for host in HOSTS]
    pieces += [path.read_bytes() for host in HOSTS for path in cluster.inputs(host).values()]
    pieces += [Path(f"/proc/{worker.pid}/environ").read_bytes() for worker in cluster.workers.values()]
    return b"\0".join(pieces)


def found(labels, reached):
    """Count the numbers that are somewhere in these bytes."""
    return sum(np.float64(label).tobytes() in reached for label in labels)


def test_without_a_scheduler_set_dask_is_not_even_imported():
    code = "import sys, databoard.worker; print([name for name in ('dask', 'distributed') if name in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert told.stdout.strip() == "[]", told.stderr
