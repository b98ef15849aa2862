"""Kits without a zygote: each run has a jail of its own, from a stock of spares that is bounded."""

import shutil
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from databoard.runner import Runner, warm_jails
from tests.runner.jails import SLEEPER, jails_of, quiet, raising, until, zygotes_of


def test_where_there_is_no_zygote_each_run_has_a_jail_of_its_own(runner, task_of, monkeypatch, caplog):
    def refuse(*_):
        raise warm_jails.JailError("The inner wall cannot be raised: unshare: Operation not permitted")

    monkeypatch.setattr(warm_jails.Zygote, "cell", refuse)
    for _ in range(3):
        assert runner.train_test(task_of())[0].state == "tested"
    assert "each run warms up by itself" in caplog.text
    (single,) = zygotes_of(runner)
    assert isinstance(single, warm_jails.SingleUse) and single.n_cells >= 3


def n_spares_of(jails):
    return [sum(map(len, warm.spares.values())) for warm in jails._warm.values()]


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
    monkeypatch.setattr(warm_jails.Warm, "is_single_use", True)
    jails._warm["kit"] = warm_jails.Warm(made, (), 0)
    for limits in ("one event", "another", "one event", "another"):
        jails._wishes.put(("kit", limits))
    for _ in range(100):
        if not jails._wishes.empty():
            jails._make_spare(*jails._wishes.get())
    assert made.n_cells <= 8 and len(jails._warm["kit"].spares) == 1 and jails._wishes.empty()
    jails.close()
