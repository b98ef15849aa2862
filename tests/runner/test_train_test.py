"""The verbs of the runner, on a real jail and a real scorer."""

import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from databoard import kits
from databoard.errors import JailError, KitError, PredictionError
from databoard.jail import supervisor
from databoard.runner import FoldRun, Runner, load_predictions, require_jail, save_predictions
from databoard.scoring.folds import FoldPredictions

SLEEPER = b"""
import time


class Classifier:
    def fit(self, X, y):
        time.sleep(10**6)
"""

HOARDER = b"""
import time
import numpy as np


class Classifier:
    def fit(self, X, y):
        pass

    def predict_proba(self, X):
        held = np.ones(40_000_000) if len(X) == ROWS else None
        time.sleep(0.3)
        return np.full((len(X), 3), 1 / 3)
"""

SPINNER = b"""
import time
import numpy as np


class Classifier:
    def fit(self, X, y):
        pass

    def predict_proba(self, X):
        while len(X) == ROWS and time.process_time() < 1:
            pass
        return np.full((len(X), 3), 1 / 3)
"""


@pytest.mark.parametrize(("rows", "is_told"), [(b"120", True), (b"30", False)])
def test_processor_time_used_on_the_hidden_rows_is_not_told(runner, task_of, rows, is_told):
    (run,) = runner.train_test(task_of(SPINNER.replace(b"ROWS", rows)))
    assert run.state == "tested"
    assert (run.cpu_time_s > 0.9) == is_told


def test_processor_time_of_the_start_is_not_the_submission_s(task_of, tmp_path):
    with Runner(home=tmp_path / "plain", jail_mode="none", n_parallel=1) as cold:  # imports in every run
        (run,) = cold.train_test(task_of())
    assert run.state == "tested" and run.cpu_time_s < 0.1


@pytest.mark.parametrize(("rows", "is_told"), [(b"120", True), (b"30", False)])
def test_memory_used_on_the_hidden_rows_is_not_told(runner, task_of, rows, is_told):
    (run,) = runner.train_test(task_of(HOARDER.replace(b"ROWS", rows)))
    assert run.state == "tested"
    assert (run.max_rss_bytes > 320_000_000) == is_told


def test_a_fold_returns_predictions_and_times(runner, task_of):
    (run,) = runner.train_test(task_of())
    assert run.state == "tested"
    assert run.y_pred_train.shape == (120, 3) and run.y_pred_test.shape == (30, 3)
    assert all(t > 0 for t in (run.train_time_s, run.valid_time_s, run.test_time_s))
    assert run.max_rss_bytes > 1 << 20


def test_states_are_told_in_the_thread_that_asked(runner, task_of):
    told = []
    runner.train_test(task_of(), on_fold=lambda number, state: told.append((state, threading.get_ident())))
    assert told == [
        (state, threading.get_ident()) for state in ("training", "trained", "validated", "tested")
    ]


def test_a_run_outside_the_jail_predicts_the_same(runner, task_of, tmp_path):
    with Runner(home=tmp_path / "plain", jail_mode="none", n_parallel=1) as plain:
        (outside,), (inside,) = plain.train_test(task_of()), runner.train_test(task_of())
    assert np.array_equal(outside.y_pred_train, inside.y_pred_train)
    assert np.array_equal(outside.y_pred_test, inside.y_pred_test)


def test_cancelling_ends_a_running_fold_soon(runner, task_of):
    cancelled = threading.Event()
    threading.Timer(1.5, cancelled.set).start()
    began_at = time.monotonic()
    (run,) = runner.train_test(task_of(SLEEPER, wall_time_s=60), cancelled=cancelled)
    assert (run.state, run.error_code) == ("cancelled", None)
    assert time.monotonic() - began_at < 15


def test_a_follower_that_gives_up_leaves_nothing_running(runner, task_of):
    def give_up(number, state):
        raise RuntimeError("lost the lease")

    with pytest.raises(RuntimeError):
        runner.train_test(task_of(SLEEPER, wall_time_s=60), on_fold=give_up)
    began_at = time.monotonic()
    runner.close()
    assert time.monotonic() - began_at < 15


def test_scores_carry_the_names_that_the_event_shows(runner, task_of, small):
    y_train = kits.train_data(small)[1]
    (fold,) = kits.folds(small)
    task = task_of()
    runs = runner.train_test(task)
    scores = runner.score(task, runs)
    names = np.array(small.label_names)[runs[0].y_pred_train[fold.test_is].argmax(axis=1)]
    assert scores.by_fold[0]["shown"][1] == pytest.approx(np.mean(names == y_train[fold.test_is]))


def test_predictions_that_cannot_be_scored_are_the_submission_s_fault(runner, task_of):
    bad = FoldPredictions(0, np.full((120, 3), np.nan), np.full((30, 3), 0.3))
    with pytest.raises(PredictionError, match="finite"):
        runner.score(task_of(), [bad])


def test_the_blend_takes_the_better_of_two(runner, task_of, small, tmp_path):
    y_train, y_test = kits.train_data(small)[1], kits.test_data(small)[1]
    right = [FoldPredictions(0, *(small.problem.Predictions(y_true=y).y_pred for y in (y_train, y_test)))]
    wrong = [FoldPredictions(0, 1 - right[0].y_pred_train, 1 - right[0].y_pred_test)]
    save_predictions(tmp_path / "right", right)
    result = runner.blend(task_of(), {3: wrong, 8: tmp_path / "right"}, official="shown")
    assert result.contributivity == {3: 0.0, 8: 1.0} and result.best == {0: 8}
    assert result.combined_test == {"shown": 1.0}


def test_a_blend_that_remembers_the_last_one_is_the_same(runner, task_of, small, tmp_path):
    y_train, y_test = kits.train_data(small)[1], kits.test_data(small)[1]
    right = [small.problem.Predictions(y_true=y).y_pred for y in (y_train, y_test)]
    for name, arrays in (("wrong", [1 - one for one in right]), ("right", right)):
        save_predictions(tmp_path / name, [FoldPredictions(0, *arrays)])
    memory, folders = tmp_path / "memory" / "1.json", {3: tmp_path / "wrong"}
    runner.blend(task_of(), folders, memory=memory)
    folders[8] = tmp_path / "right"
    assert memory.is_file()
    assert runner.blend(task_of(), folders, memory=memory) == runner.blend(task_of(), folders)


def test_a_kit_that_changed_is_refused(runner, task_of):
    with pytest.raises(KitError, match="changed on disk"):
        runner.train_test(replace(task_of(), kit_version="0" * 64))


def test_a_kit_that_changes_under_a_warm_scorer_is_refused_until_it_is_put_back(
    runner, small, task_of, tmp_path
):
    path = tmp_path / "small_kit"
    shutil.copytree(small.path, path)
    task, source = replace(task_of(), kit_path=path), (path / "problem.py").read_text()
    assert runner.train_test(task)[0].state == "tested"
    (path / "problem.py").write_text(source.replace('"Small"', '"Other"'))
    with pytest.raises(KitError, match="changed on disk"):
        runner.train_test(task)
    (path / "problem.py").write_text(source)
    assert runner.train_test(task)[0].state == "tested"


def test_a_result_is_not_scored_by_a_changed_kit(runner, task_of):
    task = task_of()
    with pytest.raises(KitError, match="changed on disk"):
        runner.score(replace(task, kit_version="0" * 64), runner.train_test(task))


def test_file_names_with_folders_are_refused(runner, task_of):
    with pytest.raises(ValueError, match="plain file names"):
        runner.train_test(replace(task_of(), files={"../kit/problem.py": b""}))


def test_a_jail_that_cannot_start_is_no_fault_of_the_submission(runner, task_of):
    with pytest.raises(JailError, match="did not get as far"):
        runner.train_test(task_of(memory_bytes=-(1 << 30) + (64 << 20)))


def test_predictions_survive_the_disk(tmp_path):
    run = FoldRun(4, "tested", y_pred_train=np.arange(6.0).reshape(2, 3), y_pred_test=None)
    save_predictions(tmp_path / "deep" / "folder", [run])
    (loaded,) = load_predictions(tmp_path / "deep" / "folder")
    assert loaded.number == 4 and loaded.y_pred_test is None
    assert np.array_equal(loaded.y_pred_train, run.y_pred_train)


def test_the_jail_of_this_machine_is_closed():
    require_jail("bubblewrap")


def test_kits_below_a_folder_that_runs_see_are_refused():
    with pytest.raises(JailError, match=r"folder /usr/share/problems .lies in /usr,"):
        require_jail("bubblewrap", hidden=(Path("/usr/share/problems"),))


def test_questions_to_the_scorer_leave_no_file(runner, task_of):
    task = task_of()
    runs = runner.train_test(task)
    before = sorted(path.name for path in runner._scratch.folder.iterdir())
    runner.score(task, runs)
    runner.blend(task, {1: runs})
    assert sorted(path.name for path in runner._scratch.folder.iterdir()) == before


def test_on_a_machine_too_busy_for_looks_the_verdict_is_the_same(runner, task_of, monkeypatch):
    monkeypatch.setattr(supervisor, "WATCH_INTERVAL_S", 10**6)
    forks = b"import os, time\nclass Classifier:\n    def fit(self, X, y):\n        for _ in range(20):\n"
    forks += b"            if os.fork() == 0:\n                time.sleep(60)\n        time.sleep(60)\n"
    (run,) = runner.train_test(task_of(forks, wall_time_s=1, max_processes=16))
    assert run.error_code == "too_many_processes"
