"""Good and evil submissions, each with its expected end: ``<case>/classifier.py`` and ``<case>/expect.toml``.

A new case is a new folder. Keys of ``expect.toml``: ``kit``, iris unless ``small``; ``state`` and ``code``
of the fold; regular expressions that ``message``, ``trace`` and ``log`` must match; texts that must be
``absent`` from all of them; bounds on accuracy; limits; ``survivor``, an argument of a process that must be
gone; ``n_runs``, one after the other; ``n_folds``, side by side; ``min_train_time_s`` and
``within_s``, on our clock; ``known_gap``, why the attack gets through, which docs/security.md then tells.
"""

import re
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest

from databoard import kits
from databoard.runner import Runner
from databoard.scoring.folds import FoldPredictions

GALLERY = Path(__file__).parent
ALL_CASES = sorted(path.parent.name for path in GALLERY.glob("*/expect.toml"))
GAPS = [case for case in ALL_CASES if "known_gap" in (GALLERY / case / "expect.toml").read_text()]
CASES = [case for case in ALL_CASES if case not in GAPS]
LIMITS = ("wall_time_s", "cpu_time_s", "memory_mib", "max_processes")


def read(case):
    expected = tomllib.loads((GALLERY / case / "expect.toml").read_text())
    # A file that does not parse is stored as text, or every tool that reads Python would stumble over it.
    (path,) = (GALLERY / case).glob("classifier.py*")
    return {"classifier.py": path.read_bytes()}, expected


@pytest.mark.parametrize("case", CASES)
def test_a_submission_ends_as_expected(case, runner, iris, small, task_of, server_paths):
    files, expected = read(case)
    kit = small if expected.get("kit") == "small" else iris
    limits = {name: expected[name] for name in LIMITS if name in expected}
    task = task_of(files, kit=kit, n_folds=expected.get("n_folds", 1), **limits)
    started_at = time.monotonic()
    for _ in range(expected.get("n_runs", 1)):
        for fold, run in zip(task.folds, runner.train_test(task), strict=True):
            check_words(run, expected, server_paths)
            check_accuracy(kit, fold, run, expected)
            assert (run.train_time_s or 0) >= expected.get("min_train_time_s", 0)
    assert time.monotonic() - started_at < expected.get("within_s", 60)
    if "survivor" in expected:
        assert not is_alive(expected["survivor"])


@pytest.mark.parametrize("case", GAPS)
def test_an_attack_that_gets_through_is_told_to_operators(case):
    promises = (GALLERY.parents[1] / "docs" / "security.md").read_text()
    assert f"`{case}`" in promises.partition("## Not promised yet")[2]


@pytest.mark.parametrize("case", GAPS)
def test_it_learns_nothing_where_folds_run_one_at_a_time(case, tmp_path, task_of, server_paths):
    files, expected = read(case)
    task = task_of(files, n_folds=expected["n_folds"])
    with Runner(home=tmp_path, jail_mode="bubblewrap", n_parallel=1) as runner:
        for run in runner.train_test(task):
            check_words(run, expected, server_paths)


def check_words(run, expected, server_paths):
    told = "\n".join((run.message, run.trace, run.log))
    assert (run.state, run.error_code) == (expected["state"], expected.get("code")), told
    assert "\n" not in run.message and bool(run.message) == (run.state != "tested")
    assert re.search(expected.get("message", ""), run.message), told
    for pattern in expected.get("trace", []):
        assert re.search(pattern, run.trace), told
    for text in expected.get("log", []):
        assert text in run.log
    for text in ("LEAK", *server_paths, *expected.get("absent", [])):
        assert text not in told


def check_accuracy(kit, fold, run, expected):
    if run.state != "tested":
        assert run.y_pred_test is None
        return
    (_, y_train), (_, y_test) = kits.train_data(kit), kits.test_data(kit)
    accuracy = {
        "train": accuracy_of(kit, y_train[fold.train_is], run.y_pred_train[fold.train_is]),
        "valid": accuracy_of(kit, y_train[fold.test_is], run.y_pred_train[fold.test_is]),
        "test": accuracy_of(kit, y_test, run.y_pred_test),
    }
    for step, value in accuracy.items():
        assert expected.get(f"min_{step}_accuracy", 0) <= value <= expected.get(f"max_{step}_accuracy", 1), (
            accuracy
        )


def accuracy_of(kit, y_true, y_pred):
    return np.mean(np.array(kit.label_names)[y_pred.argmax(axis=1)] == y_true)


def is_alive(argument):
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if argument.encode() in path.read_bytes().split(b"\0"):
                return True
        except (FileNotFoundError, ProcessLookupError):
            continue
    return False


def test_after_evil_ones_an_honest_submission_scores_the_same_to_the_last_digit(runner, task_of):
    honest = task_of(read("honest_plain")[0], n_folds=2)
    before = runner.score(honest, runner.train_test(honest))
    for case in ("hunt_inputs", "write_outside", "daemon", "write_many_files"):
        runner.train_test(task_of(read(case)[0]))
    assert runner.score(honest, runner.train_test(honest)) == before


def test_peeking_at_the_call_stack_does_not_beat_chance(runner, iris, task_of):
    peeking = task_of(read("hunt_call_stack")[0], n_folds=2)
    scores = runner.score(peeking, runner.train_test(peeking))
    assert scores.summary["acc"].train_mean == 1.0
    assert scores.summary["acc"].valid_bag < 0.7 and scores.summary["acc"].test_bag < 0.6


def test_predictions_of_the_jail_can_be_kept_and_scored(runner, task_of):
    task = task_of(read("honest_plain")[0], n_folds=2)
    runs = runner.train_test(task)
    copies = [FoldPredictions(run.number, run.y_pred_train.copy(), run.y_pred_test.copy()) for run in runs]
    assert runner.score(task, copies) == runner.score(task, runs)
