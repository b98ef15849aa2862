"""The check of a kit as a whole: its starting kit in the jail, the kit itself untouched; and what is printed."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard import kits
from databoard.errors import JailError, RuleError
from databoard.ops.kit_check import check_problem
from databoard.tasks import kit_report
from tests.kits.broken import faults

SHIPPED = Path(__file__).parents[2] / "problems"


@pytest.fixture
def config(tmp_path):
    """Return the settings that a check needs, of a folder of this test's own."""
    (tmp_path / "problems").mkdir()
    return SimpleNamespace(
        problems=tmp_path / "problems", home=tmp_path / "home", jail="bubblewrap", n_parallel_folds=2
    )


@pytest.fixture
def new(config):
    """Return a new kit; of its folds the first, for speed."""
    path = kits.write_kit(config.problems, "new", "classifier")
    replace(path / "problem.py", "n_splits=4", "n_splits=1")
    return path


def check(config):
    return check_problem(config, name="new")


def replace(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def snapshot(path):
    return {file: file.stat().st_mtime_ns for file in path.rglob("*")}


@pytest.mark.parametrize("name", kits.names(SHIPPED))
def test_nothing_is_found_in_a_shipped_kit(config, name):
    ignored = shutil.ignore_patterns("data", "__pycache__")
    shutil.copytree(SHIPPED / name, config.problems / name, ignore=ignored)
    assert check_problem(config, name=name) == []


def test_a_check_writes_nothing_into_the_kit(config, new):
    before = snapshot(new)
    assert check(config) == []
    assert snapshot(new) == before


def test_a_failing_starting_kit_is_found_in_its_line(config, new):
    replace(new / "starting_kit/classifier.py", "self.model.fit(X, y)", "self.model.fit(X.colour, y)")
    (found,) = check(config)
    assert (found.code, found.where) == ("starting_kit_fails", "starting_kit/classifier.py:9")
    assert "every fold" in found.what and "colour" in found.what


def test_classes_that_are_mixed_up_are_told_by_the_scores(config, new):
    replace(new / "starting_kit/classifier.py", "predict_proba(X)\n", "predict_proba(X)[:, [1, 2, 0]]\n")
    found = check(config)
    assert {finding.code for finding in found} == {"labels_permuted", "worse_than_constant"}
    assert all(finding.severity == "warning" for finding in found)


def test_a_direction_that_contradicts_the_better_submission_is_found(config, new):
    turned = faults.OWN_TURNED
    replace(new / "problem.py", turned.old, turned.new)
    assert "direction_contradicted" in {finding.code for finding in check(config)}


def test_findings_stand_alone_on_standard_output(config, new, capsys):
    assert kit_report.show_check(config, name="new", format="json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == []
    assert re.search(r"new: training the starting kit, 1 of 1 folds validated \(\d+", said.err)


def test_predictions_of_a_wrong_shape_are_found(config, new):
    replace(new / "starting_kit/classifier.py", "predict_proba(X)\n", "predict_proba(X)[:, :2]\n")
    (found,) = check(config)
    assert found.code == "predictions_wrong" and "(480, 3)" in found.what


def test_a_starting_kit_that_draws_without_a_seed_is_found(config, new):
    replace(new / "starting_kit/classifier.py", ", random_state=61", ", splitter='random'")
    (found,) = check(config)
    assert (found.code, found.severity) == ("not_reproducible", "warning")


def test_a_starting_kit_that_cannot_be_improved_is_found(config, new):
    replace(new / "problem.py", "rng.normal(0.0, 0.7", "rng.normal(0.0, 0.001")
    replace(new / "starting_kit/classifier.py", "max_depth=2", "max_depth=5")
    assert [found.code for found in check(config)] == ["starting_kit_perfect"]


def test_a_starting_kit_beyond_the_limits_of_its_event_is_found(config, new):
    replace(new / "events/new_test.toml", "wall_time_limit_s = 60", "wall_time_limit_s = 1")
    replace(new / "starting_kit/classifier.py", "self.model.fit(X, y)", "import time; time.sleep(30)")
    (found,) = check(config)
    assert "timeout" in found.what


def test_mistakes_of_kit_event_and_starting_kit_are_found_at_once(config, new):
    replace(new / "events/new_test.toml", "is_public = true", "is_public = 1")
    replace(new / "problem.py", "random_state=57).split(X, y)", "random_state=None).split(X, y)")
    replace(new / "starting_kit/classifier.py", ", random_state=61", ", splitter='random'")
    assert {found.code for found in check(config)} == {"event_wrong", "folds_unseeded", "not_reproducible"}


def test_events_are_checked_although_there_are_no_folds(config, new):
    replace(new / "events/new_test.toml", "is_public = true", "is_public = 1")
    replace(new / "problem.py", ".split(X, y)", ".no_split(X, y)")
    assert [found.code for found in check(config)] == ["folds_raise", "event_wrong", "not_run"]


def test_data_that_prepare_data_would_write_otherwise_are_found(config, new):
    kits.prepare(new)
    replace(new / "problem.py", "0.7, (600, 4)", "0.71, (600, 4)")
    (found,) = check(config)
    assert (found.code, found.severity) == ("data_stale", "warning")
    assert "data/private/test.csv" in found.what


def test_a_kit_that_cannot_prepare_any_more_is_checked_on_the_data_it_has(config, new):
    kits.prepare(new)
    replace(
        new / "problem.py", "private = train_test_split(_simulated(), ", "private = train_test_split(raw, "
    )
    (found,) = check(config)
    assert (found.code, found.severity) == ("prepare_raises", "warning")


def test_a_kit_that_ends_its_process_is_a_finding(config, new):
    replace(new / "problem.py", "def get_cv(X, y):", "def get_cv(X, y):\n    import os\n\n    os._exit(3)")
    assert [found.code for found in check(config)] == ["kit_dies", "not_run"]


def test_a_kit_whose_environment_is_not_built_is_told_to_build_it(config, new):
    (new / "requirements.txt").write_text("pandas==1.5.3\n")
    (found,) = check(config)
    assert (found.code, found.fix) == ("environment_missing", "fab build_env:new")


def test_without_a_jail_the_rest_is_checked(config, new, monkeypatch):
    def missing():
        raise JailError("bubblewrap is missing.")

    monkeypatch.setattr("databoard.jail.bubblewrap.find_bwrap", missing)
    (found,) = check(config)
    assert (found.code, found.severity) == ("not_run", "warning")


def test_a_finding_is_printed_with_its_place_and_remedy(config, new, capsys):
    replace(new / "problem.py", 'name="nll"', 'name="acc"')
    assert kit_report.show_check(config, name="new", format="text") == 1
    printed = capsys.readouterr().out
    line = next(
        i for i, text in enumerate((new / "problem.py").read_text().splitlines(), 1) if "NegativeLog" in text
    )
    assert printed.startswith(f"error new/problem.py:{line} score_name_twice\n    Expected every score type")
    assert "To fix it: Give this one another" in printed and "new: 1 error and 1 warning." in printed


def test_findings_come_as_json_with_errors_first(config, new, capsys):
    replace(new / "problem.py", 'name="nll"', 'name="acc"')
    kit_report.show_check(config, name="new", format="json")
    rows = json.loads(capsys.readouterr().out)
    assert [row["severity"] for row in rows] == ["error", "warning"]
    assert set(rows[0]) == {"severity", "code", "file", "line", "what", "fix"}


def test_an_unknown_format_is_refused_before_the_check(config, new):
    with pytest.raises(RuleError, match="format"):
        kit_report.show_check(config, name="new", format="xml")


@pytest.mark.parametrize(
    ("name", "workflow", "told"),
    [
        ("new", "classifier", "is there already"),
        ("other", "astrologer", "feature_extractor_classifier"),
        ("../x", "classifier", "letters, digits"),
        ("iris", "regressor", "new has one"),
    ],
)
def test_a_kit_that_cannot_be_written_is_refused(config, new, name, workflow, told):
    (new / "events/iris_test.toml").write_text('title = "x"\n')
    with pytest.raises(RuleError, match=told):
        kit_report.new_problem(config, name=name, workflow=workflow)
    assert [path.name for path in config.problems.iterdir()] == ["new"]


def test_a_new_kit_comes_with_what_to_do_next(config):
    told = kit_report.new_problem(config, name="flats", workflow="regressor")
    assert all(f"fab {task}:flats" in told for task in ("check_problem", "add_problem", "add_event"))
