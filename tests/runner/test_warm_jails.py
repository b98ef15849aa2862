"""The warm jails: shared by folds that may share them, replaced when they must be, gone at the end."""

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from databoard.errors import JailError
from databoard.jail import Limits, processes, single_use, warm
from databoard.runner import Runner, warm_jails
from tests.runner.jails import SLEEPER, jails_of, quiet, raising, until, zygotes_of


def belongings():
    """Count what a run could leave behind: descriptors, mounts, threads, processes."""
    here = os.getpid()
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "threads": threading.active_count(),
        "processes": len(processes.tree_of(here, is_root_counted=False).pids),
        # Those of databases come and go with the tests beside this one.
        "shared memory": sum(not name.startswith("PostgreSQL.") for name in os.listdir("/dev/shm")),
    }


#: `make chaos` runs a thousand folds.
N_ROUNDS = 20 if "CHAOS_JOBS" in os.environ else 3


def await_endings(runner):
    """Wait until every run that is over is ended: it is ended beside the next step."""
    until(lambda: not any(warm.n_running for warm in jails_of(runner)._warm.values()))


@pytest.mark.shortened
def test_many_folds_leave_nothing_and_the_zygote_does_not_grow(runner, task_of):
    task = task_of()
    task = replace(task, folds=tuple(task.folds[0] for _ in range(50)))
    runner.train_test(task)
    await_endings(runner)
    before, (zygote,) = belongings(), zygotes_of(runner)
    first_bytes = zygote.used_bytes()
    for _ in range(N_ROUNDS):
        assert {run.state for run in runner.train_test(task)} == {"tested"}
    assert zygotes_of(runner) == [zygote] and zygote.n_cells >= 50 * N_ROUNDS
    assert zygote.used_bytes() <= 1.05 * first_bytes
    await_endings(runner)
    after = belongings()
    # A spare more or less may be in the making: three processes and four descriptors.
    assert abs(after["processes"] - before["processes"]) <= 6
    assert abs(after["descriptors"] - before["descriptors"]) <= 8
    assert [after[name] for name in ("mounts", "threads", "shared memory")] == [
        before[name] for name in ("mounts", "threads", "shared memory")
    ]


def test_after_so_many_cells_a_zygote_is_replaced(runner, task_of, monkeypatch):
    monkeypatch.setattr(warm_jails, "MAX_CELLS", 3)
    task = task_of()
    for _ in range(6):
        assert runner.train_test(task)[0].state == "tested"
    (zygote,) = zygotes_of(runner)
    assert zygote.n_cells <= 4


def test_a_zygote_that_grew_is_replaced(runner, task_of, monkeypatch):
    task = task_of()
    runner.train_test(task)
    (first,) = zygotes_of(runner)
    monkeypatch.setattr(warm_jails, "MAX_GROWTH", 0.0)
    runner.train_test(task)
    assert first not in zygotes_of(runner) and not first.is_alive()


def test_a_zygote_that_was_killed_is_replaced(runner, task_of):
    task = task_of()
    runner.train_test(task)
    (first,) = zygotes_of(runner)
    os.kill(first.root, 9)
    while first.is_alive():
        pass
    assert runner.train_test(task)[0].state == "tested"
    assert zygotes_of(runner) != [first]


def test_a_run_that_ends_with_its_zygote_is_not_to_blame(runner, task_of):
    def kill_it(number, state):
        os.kill(zygotes_of(runner)[0].root, 9)

    with pytest.raises(JailError, match="The zygote ended"):
        runner.train_test(task_of(SLEEPER), on_fold=kill_it)


@pytest.mark.parametrize("part", [0, 1, 2])  # bubblewrap outside and inside, and the zygote
def test_a_zygote_that_is_killed_while_it_warms_up_is_no_fault_of_the_kit(runner, task_of, monkeypatch, part):
    await_ready = warm.Zygote._await_ready

    def be_killed(zygote, control):
        while not processes.tree_of(zygote._wall.root, is_root_counted=False).pids:
            time.sleep(0.01)
        parts = (zygote._wall.process.pid, zygote._wall.root, zygote.root)
        os.kill(parts[part], signal.SIGKILL)
        await_ready(zygote, control)

    with monkeypatch.context() as patch:
        patch.setattr(warm.Zygote, "_await_ready", be_killed)
        with pytest.raises(JailError, match="was killed while it warmed up"):
            runner.train_test(task_of())
    assert runner.train_test(task_of())[0].state == "tested"
    assert isinstance(zygotes_of(runner)[0], warm.Zygote)


def test_a_zygote_that_is_killed_before_its_first_cell_is_no_fault_of_the_kit(runner, task_of, monkeypatch):
    make_cell = warm.Zygote.cell

    def be_killed(zygote, limits):
        os.kill(zygote.root, signal.SIGKILL)
        return make_cell(zygote, limits)

    with monkeypatch.context() as patch:
        patch.setattr(warm.Zygote, "cell", be_killed)
        with pytest.raises(JailError, match="The zygote was killed"):
            runner.train_test(task_of())
    assert runner.train_test(task_of())[0].state == "tested"


def test_a_run_whose_own_wall_is_killed_is_not_to_blame(runner, task_of, monkeypatch):
    cells, make_cell = [], warm_jails.SingleUse.cell

    def keep(single, limits):
        cells.append(make_cell(single, limits))
        return cells[-1]

    monkeypatch.setattr(warm_jails.SingleUse, "cell", keep)
    refusal = warm_jails.JailError("The inner wall cannot be raised")
    monkeypatch.setattr(warm_jails, "Zygote", raising(refusal))
    with pytest.raises(JailError, match="The zygote ended, or the wall"):
        runner.train_test(
            task_of(SLEEPER), on_fold=lambda *_: os.kill(cells[0]._wall.process.pid, signal.SIGKILL)
        )


@pytest.mark.parametrize("kind", ["zygote", "single use"])
def test_a_jail_that_cannot_even_begin_is_told(kind):
    recipe = warm.Recipe(
        "databoard.jail.self_check.canary", (), (object(),), warm.bubblewrap.own_interpreter()
    )
    heard = []

    def start():
        with pytest.raises(JailError, match="start"):
            warm.Zygote(recipe, ()) if kind == "zygote" else single_use.SingleUse(recipe, ()).cell(Limits())
        heard.append(True)

    thread = threading.Thread(target=start, daemon=True)
    thread.start()
    thread.join(10)
    assert heard


def test_what_nobody_uses_is_ended(runner, task_of, monkeypatch):
    runner.train_test(task_of())
    (zygote,) = zygotes_of(runner)
    monkeypatch.setattr(warm_jails, "IDLE_S", -1.0)
    await_endings(runner)
    quiet(jails_of(runner))._tidy()
    assert zygotes_of(runner) == [] and not zygote.is_alive()


def test_closing_ends_every_process(tmp_path, task_of):
    others = set(processes.tree_of(os.getpid(), is_root_counted=False).pids)
    with Runner(home=tmp_path, jail_mode="bubblewrap", n_parallel=2) as runner:
        runner.train_test(task_of())
        below = set(processes.tree_of(os.getpid(), is_root_counted=False).pids) - others
        assert len(below) >= 4
    assert not {pid for pid in below if Path(f"/proc/{pid}/stat").exists()}


def test_where_user_namespaces_do_not_nest_a_zygote_holds_capabilities(runner, task_of, without_nesting):
    with without_nesting.refused():
        assert {runner.train_test(task_of())[0].state for _ in range(3)} == {"tested"}
        (zygote,) = zygotes_of(runner)
        assert isinstance(zygote, warm.Zygote) and zygote.n_cells >= 3
    (held,) = jails_of(runner)._warm.values()
    assert held.until_s < time.monotonic() + warm_jails.RETRY_S  # then the machine is asked again


def test_a_zygote_that_holds_capabilities_and_was_killed_is_replaced(runner, task_of, without_nesting):
    with without_nesting.refused():
        runner.train_test(task_of())
        (first,) = zygotes_of(runner)
        os.kill(first.root, 9)
        until(lambda: not first.is_alive())
        assert runner.train_test(task_of())[0].state == "tested"
        assert zygotes_of(runner) != [first]
