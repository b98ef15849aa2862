"""The warm jails: shared by folds that may share them, replaced when they must be, gone at the end."""

import os
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard.errors import JailError
from databoard.jail import Limits, processes, single_use, warm
from databoard.runner import Runner, warm_jails


def jails_of(runner):
    return runner.engine.jails


def quiet(jails):
    """End the thread that makes spares: nothing happens from here on but what the test does."""
    jails._wishes.put(None)
    jails._helper.join()
    return jails


def zygotes_of(runner):
    return [warm.zygote for warm in jails_of(runner)._warm.values()]


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


@pytest.mark.shortened
def test_many_folds_leave_nothing_and_the_zygote_does_not_grow(runner, task_of):
    task = task_of()
    task = replace(task, folds=tuple(task.folds[0] for _ in range(50)))
    runner.train_test(task)
    before, (zygote,) = belongings(), zygotes_of(runner)
    first_bytes = zygote.used_bytes()
    for _ in range(N_ROUNDS):
        assert {run.state for run in runner.train_test(task)} == {"tested"}
    assert zygotes_of(runner) == [zygote] and zygote.n_cells >= 50 * N_ROUNDS
    assert zygote.used_bytes() <= 1.05 * first_bytes
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


SLEEPER = b"import time\nclass Classifier:\n    def fit(self, X, y):\n        time.sleep(10**6)\n"


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


def raising(error):
    """Return a call that raises."""

    def call(*_, **__):
        raise error

    return call


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
    quiet(jails_of(runner))._tidy()
    assert zygotes_of(runner) == [] and not zygote.is_alive()


def test_closing_ends_every_process(tmp_path, task_of):
    others = set(processes.tree_of(os.getpid(), is_root_counted=False).pids)
    with Runner(home=tmp_path, jail_mode="bubblewrap", n_parallel=2) as runner:
        runner.train_test(task_of())
        below = set(processes.tree_of(os.getpid(), is_root_counted=False).pids) - others
        assert len(below) >= 4
    assert not {pid for pid in below if Path(f"/proc/{pid}/stat").exists()}


def test_where_there_is_no_zygote_each_run_has_a_jail_of_its_own(runner, task_of, monkeypatch, caplog):
    def refuse(*_):
        raise warm_jails.JailError("The inner wall cannot be raised: unshare: Operation not permitted")

    monkeypatch.setattr(warm_jails.Zygote, "cell", refuse)
    for _ in range(3):
        assert runner.train_test(task_of())[0].state == "tested"
    assert "each run warms up by itself" in caplog.text
    (single,) = zygotes_of(runner)
    assert isinstance(single, warm_jails.SingleUse) and single.n_cells >= 3


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


def n_spares_of(jails):
    return [sum(map(len, warm.spares.values())) for warm in jails._warm.values()]


def until(is_so):
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_where_there_is_no_zygote_spares_are_made_while_others_run(runner, task_of, monkeypatch):
    monkeypatch.setattr(
        warm_jails, "Zygote", raising(warm_jails.JailError("The inner wall cannot be raised"))
    )
    cancelled, counts = threading.Event(), []

    def count(number, state):
        until(lambda: n_spares_of(jails_of(runner)) == [3])  # two folds at once, and one
        counts.append(n_spares_of(jails_of(runner)))
        cancelled.set()

    runner.train_test(task_of(SLEEPER), on_fold=count, cancelled=cancelled)
    assert counts


def test_spares_that_warm_up_by_themselves_are_bounded_over_all_kits(runner, task_of, monkeypatch, tmp_path):
    monkeypatch.setattr(
        warm_jails, "Zygote", raising(warm_jails.JailError("The inner wall cannot be raised"))
    )
    jails = jails_of(runner)
    for name in ("first", "second", "third"):
        path = shutil.copytree(task_of().kit_path, tmp_path / name)
        runner.train_test(replace(task_of(), kit_path=path))
        until(lambda: sum(n_spares_of(jails)) == 3 == n_spares_of(jails)[-1])


def test_the_oldest_spare_is_taken_first(runner, task_of):
    runner.train_test(task_of())
    jails, limits = quiet(jails_of(runner)), task_of().limits
    ((key, warm),) = jails._warm.items()
    for _ in range(2):
        jails._make_spare(key, limits)
    first = warm.spares[limits][0]
    taken = jails._cell(warm, limits)
    assert taken is first
    taken.close()


def test_what_was_in_the_way_of_a_zygote_may_go(runner, task_of, monkeypatch):
    def refuse(*_):
        raise warm_jails.JailError("not ready within 300 s")

    with monkeypatch.context() as patch:
        patch.setattr(warm_jails.Zygote, "cell", refuse)
        runner.train_test(task_of())
    (warm,) = jails_of(runner)._warm.values()
    warm.until_s = 0.0  # an hour later
    assert runner.train_test(task_of())[0].state == "tested"
    (zygote,) = zygotes_of(runner)
    assert isinstance(zygote, warm_jails.Zygote)


def test_a_wish_that_fails_does_not_end_the_making_of_spares(monkeypatch):
    jails, is_made = warm_jails.WarmJails(n_spares=1), threading.Event()

    def make(wish, _):
        if wish == "first":
            raise OSError(24, "Too many open files")
        is_made.set()

    monkeypatch.setattr(jails, "_make_spare", make)
    jails._wish("first", None)
    jails._wish("second", None)
    assert is_made.wait(5)
    jails.close()


def test_a_spare_serves_runs_with_its_own_limits_only(runner, task_of):
    runner.train_test(task_of())
    jails, limits = quiet(jails_of(runner)), task_of().limits
    ((key, warm),) = jails._warm.items()
    jails._make_spare(key, limits)
    spares = list(warm.spares[limits])
    other = jails._cell(warm, replace(limits, memory_bytes=400 << 20))
    assert other not in spares and warm.spares[limits] == spares
    other.close()
    taken = jails._cell(warm, limits)
    assert taken in spares
    taken.close()


def test_where_a_zygote_is_demanded_a_kit_without_one_does_not_run(tmp_path, task_of, monkeypatch):
    def refuse(*_):
        raise warm_jails.JailError("The inner wall cannot be raised: unshare: Operation not permitted")

    monkeypatch.setattr(warm_jails.Zygote, "cell", refuse)
    demanding = Runner(home=tmp_path, jail_mode="bubblewrap", n_parallel=1, min_level="A")
    with demanding, pytest.raises(warm_jails.JailError, match="cannot be raised"):
        demanding.train_test(task_of())


class Endless:
    """Makes jails of one run each, in no time; counts them."""

    def __init__(self):
        self.n_cells = 0

    def is_alive(self):
        return True

    def used_bytes(self):
        return 0

    def cell(self, limits):
        self.n_cells += 1
        return SimpleNamespace(close=lambda: None, has_ended=lambda: False)

    def close(self):
        pass


def test_events_with_different_limits_do_not_make_spares_without_end(monkeypatch):
    jails, made = warm_jails.WarmJails(n_spares=2), Endless()
    monkeypatch.setattr(warm_jails._Warm, "is_single_use", True)
    jails._warm["kit"] = warm_jails._Warm(made, (), 0)
    for limits in ("one event", "another", "one event", "another"):
        jails._wishes.put(("kit", limits))
    for _ in range(100):
        if not jails._wishes.empty():
            jails._make_spare(*jails._wishes.get())
    assert made.n_cells <= 8 and len(jails._warm["kit"].spares) == 1 and jails._wishes.empty()
    jails.close()
