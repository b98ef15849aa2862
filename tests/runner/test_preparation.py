"""What the scorer writes for the folds of an event is asked for once, not for each submission."""

from dataclasses import replace

import pytest


@pytest.fixture
def asked(runner, monkeypatch):
    """The verbs that the scorer was asked, while it answers as ever."""
    verbs, ask = [], runner._scorers.ask

    def note(task, verb, **question):
        verbs.append(verb)
        return ask(task, verb, **question)

    monkeypatch.setattr(runner._scorers, "ask", note)
    return verbs


def test_the_second_submission_of_an_event_asks_nothing(runner, task_of, asked):
    preparation = runner._preparation
    first = [*preparation.check_tasks(task_of()), *preparation.fold_tasks(task_of())]
    assert sorted(asked) == ["prepare", "prepare", "sample"]
    again = [*preparation.check_tasks(task_of()), *preparation.fold_tasks(task_of())]
    assert len(asked) == 3 and [one.inputs for one in again] == [one.inputs for one in first]
    assert [one.inputs.x_test is None for one in again] == [True, True, False]


def test_files_and_limits_are_those_of_each_submission(runner, task_of):
    runner._preparation.fold_tasks(task_of(b"first = 1", wall_time_s=7))
    for one in runner._preparation.fold_tasks(task_of(b"second = 2", wall_time_s=9)):
        assert one.files == {"classifier.py": b"second = 2"} and one.limits.wall_time_s == 9


def test_other_folds_are_asked_for(runner, task_of, asked):
    task = task_of()
    (fold,) = task.folds
    swapped = replace(fold, train_is=fold.test_is, test_is=fold.train_is)
    (one,), (other,) = (
        runner._preparation.fold_tasks(replace(task, folds=(each,))) for each in (fold, swapped)
    )
    assert asked == ["prepare", "prepare"] and one.inputs.labels != other.inputs.labels


def test_what_is_gone_from_the_disk_is_written_again(runner, task_of, asked):
    (first,) = runner._preparation.fold_tasks(task_of())
    first.inputs.labels.unlink()
    runner._preparation.fold_tasks(task_of())
    assert asked == ["prepare", "prepare"] and first.inputs.labels.exists()


def test_events_that_were_not_used_for_long_are_forgotten(runner, task_of, monkeypatch):
    monkeypatch.setattr("databoard.runner.preparation._MAX_KNOWN", 1)
    task = task_of()
    runner._preparation.fold_tasks(task)
    runner._preparation.check_tasks(task)
    assert [key[0] for key in runner._preparation._known] == ["check"]
