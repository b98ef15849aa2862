"""Warm-ups: the first submission of a kit finds scorer and zygote, and memory bounds what is kept."""

from dataclasses import replace

import pytest

from databoard.errors import KitError
from databoard.jail import memory_room
from databoard.runner import Runner, WarmRoom
from databoard.runner.warm_room import EXPECTED_BYTES
from tests.runner.test_warm_jails import jails_of, quiet, zygotes_of


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
    # What is imported beforehand makes another zygote of the same kit.
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
    assert (room.is_full(), room.may_warm_up()) == (is_full, may_warm_up)


def test_a_warm_up_leaves_memory_to_the_machine(monkeypatch):
    monkeypatch.setattr(memory_room, "available_bytes", lambda: 1 << 30)
    monkeypatch.setattr("sys.platform", "linux")
    assert not WarmRoom(1 << 40).may_warm_up()
