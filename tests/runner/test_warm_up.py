"""Warm-ups: the first submission of a kit finds scorer and zygote, and memory bounds what is kept."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from databoard.errors import JailError, KitError
from databoard.jail import Cell, memory_room, processes
from databoard.jail.watchdog import Watchdog
from databoard.runner import Runner, WarmRoom, warm_room
from databoard.runner.warm_room import EXPECTED_BYTES
from tests.runner.conftest import HONEST
from tests.runner.jails import jails_of, quiet, until, zygotes_of

PATIENCE_S = 60


def bare(task):
    return replace(task, files={})


def test_the_first_submission_after_a_warm_up_starts_no_scorer_and_no_zygote(runner, task_of):
    assert runner.warm_up(bare(task_of()))
    (scorer,) = runner._scorers._scorers.values()
    process, (zygote,) = scorer._process, zygotes_of(runner)
    assert runner.check(task_of()) is None
    runs = runner.train_test(task_of())
    assert {run.state for run in runs} == {"tested"}
    runner.score(task_of(), runs)
    assert scorer._process is process and zygotes_of(runner) == [zygote]


def test_a_warm_up_of_a_warm_kit_keeps_it_from_being_ended(runner, task_of):
    runner.warm_up(bare(task_of()))
    (warm,) = jails_of(runner)._warm.values()
    warm.used_at_s = -1e9
    assert runner.warm_up(bare(task_of()))
    quiet(jails_of(runner))._tidy()
    assert list(jails_of(runner)._warm.values()) == [warm]


def test_without_memory_a_warm_up_starts_nothing_and_submissions_run_nevertheless(tmp_path, task_of):
    with Runner(home=tmp_path, jail_mode="bubblewrap", n_parallel=1, room=WarmRoom(0)) as runner:
        assert not runner.warm_up(bare(task_of()))
        assert zygotes_of(runner) == [] and not runner._scorers._scorers
        assert [run.state for run in runner.train_test(task_of())] == ["tested"]


def test_a_run_takes_the_place_of_what_was_used_longest_ago(runner, task_of, monkeypatch):
    runner.warm_up(bare(task_of()))
    (old,) = zygotes_of(runner)
    quiet(jails_of(runner))
    monkeypatch.setattr(runner._room, "max_bytes", 0)
    monkeypatch.setattr(warm_room, "ALWAYS_KEPT", 1)
    # What is imported beforehand makes another zygote of the same kit, once it is looked at again.
    runner._preparation._known.clear()
    monkeypatch.setattr("databoard.runner.fold_tasks.likely_imports", lambda path: ("numpy",))
    assert [run.state for run in runner.train_test(task_of())] == ["tested"]
    (new,) = zygotes_of(runner)
    assert new is not old and not old.is_alive()


def test_a_warm_up_of_a_kit_that_changed_is_an_error(runner, task_of):
    with pytest.raises(KitError):
        runner.warm_up(bare(replace(task_of(), kit_version="other")))


@pytest.mark.parametrize(
    ("used", "is_full", "may_warm_up"),
    [(0, False, True), (1, False, False), (2, True, False), (9, True, False)],
)
def test_room_counts_what_all_users_hold(monkeypatch, used, is_full, may_warm_up):
    monkeypatch.setattr(memory_room, "available_bytes", lambda: 1 << 40)
    room = WarmRoom(2 * EXPECTED_BYTES)
    room.count(lambda: 0)
    room.count(lambda: used * EXPECTED_BYTES)
    assert (room.is_full(warm_room.ALWAYS_KEPT), room.may_warm_up()) == (is_full, may_warm_up)
    assert not room.is_full(warm_room.ALWAYS_KEPT - 1)


def test_a_warm_up_leaves_memory_to_the_machine(monkeypatch):
    monkeypatch.setattr(memory_room, "available_bytes", lambda: 1 << 30)
    monkeypatch.setattr("sys.platform", "linux")
    assert not WarmRoom(1 << 40).may_warm_up()


# The end of a run


@pytest.fixture
def held(monkeypatch):
    """Hold up the end of cells; yields what lets them end, and counts those that were left to another thread."""
    may_end, left, kill = threading.Event(), [], Cell.kill

    def wait(cell):
        if threading.current_thread().name.startswith("ending") and cell not in left:
            left.append(cell)
            assert may_end.wait(PATIENCE_S)
        kill(cell)

    monkeypatch.setattr(Cell, "kill", wait)
    yield may_end, left
    may_end.set()


def test_a_run_that_did_well_is_not_waited_for_until_it_is_gone(runner, task_of, held):
    may_end, left = held
    assert runner.check(task_of()) is None
    assert [run.state for run in runner.train_test(task_of())] == ["tested"]
    runner.check(task_of())  # a turn later at least the first of them has begun to end
    assert not all(cell.status is not None for cell in left)
    may_end.set()
    runner.close()
    assert len(left) == 3 and all(cell.status is not None for cell in left)


def test_a_run_that_failed_or_left_processes_is_gone_when_its_report_is_there(runner, task_of, held):
    _, left = held
    forking = HONEST.replace(
        b"def fit", b"import os\n    os.fork() or __import__('time').sleep(99)\n\n    def fit"
    )
    for source in (b"raise ValueError", forking):
        runner.train_test(task_of(source))
    assert left == []


def test_a_run_that_ended_by_itself_before_it_was_looked_at_is_not_left_behind(
    runner, task_of, held, monkeypatch
):
    _, left = held
    look = Watchdog.look_last

    def look_late(watchdog):
        for folder in watchdog.count().folders:
            processes.kill(folder)
        until(lambda: not watchdog.count().pids)
        return look(watchdog)

    monkeypatch.setattr(Watchdog, "look_last", look_late)
    assert [run.state for run in runner.train_test(task_of())] == ["tested"]
    assert left == []


def test_a_run_waits_to_be_looked_at(runner, task_of, held, monkeypatch):
    may_end, left = held
    look = Watchdog.look_last

    def look_late(watchdog):
        (folder,) = watchdog.count().folders
        until(lambda: Path(f"{folder}/stat").read_text().rpartition(")")[2].split()[0] == "S")
        return look(watchdog)

    monkeypatch.setattr(Watchdog, "look_last", look_late)
    assert [run.state for run in runner.train_test(task_of())] == ["tested"]
    may_end.set()
    runner.close()
    assert len(left) == 1


def test_a_run_that_does_not_end_takes_its_zygote_with_it(runner, task_of, monkeypatch, caplog):
    runner.warm_up(bare(task_of()))
    (zygote,) = zygotes_of(runner)
    quiet(jails_of(runner))

    def survive(cell):
        raise JailError("a jailed run did not end when it was killed")

    with monkeypatch.context() as patch:
        patch.setattr(Cell, "kill", survive)
        assert [run.state for run in runner.train_test(task_of())] == ["tested"]
        jails_of(runner)._endings.shutdown()
    assert zygotes_of(runner) == [] and not zygote.is_alive()
    assert "its zygote is ended" in caplog.text
