"""Loading a kit: what it finds, and how it names what is broken."""

import os
import py_compile
import subprocess
import sys

import pytest

from databoard import kits
from databoard.errors import KitError, NotFound
from databoard.kits.loading import snake_case


def test_importing_kits_loads_no_heavy_library():
    heavy = "{'numpy', 'pandas', 'sklearn', 'flask', 'sqlalchemy'}"
    code = f"import sys, databoard.kits; print({heavy} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
    )


def test_finding_names_and_events_executes_nothing(small, spoil):
    spoil("import numpy as np", "raise SystemExit('executed')")
    assert kits.names(small.parent) == ("small",)
    assert kits.find_event(small.parent, "small_test") == ("small", small)


def test_a_kit_tells_its_facts(small):
    kit = kits.load(small)
    assert (kit.name, kit.title, kit.workflow_name, kit.readme) == ("small", "Small", "regressor", "")
    assert kit.elements == (kits.ElementFacts("regressor", "py", "regressor", "code"),)
    assert (kit.prediction_columns, kit.label_names) == (1, ())
    assert kit.score_types[0] == kits.ScoreTypeFacts("rmse", "rmse", True, 0.0, float("inf"), 2)
    assert [score_type.precision for score_type in kit.score_types] == [2, 4]


def change_unnoticed(file, old, new):
    """Change a file whose compiled code is there, so that neither its size nor its time tells."""
    py_compile.compile(str(file))
    source, stat = file.read_text(), file.stat()
    assert old in source and len(old) == len(new)
    file.write_text(source.replace(old, new))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_kit_is_executed_as_its_files_are_whatever_was_compiled(small, spoil):
    change_unnoticed(small / "problem.py", '"Small"', '"Other"')
    assert kits.load(small).title == "Other"
    package = small / "external_imports" / "own_titles"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from own_titles.deep import title\n")
    (package / "deep.py").write_text("title = 'older'\n")
    change_unnoticed(package / "deep.py", "older", "newer")
    spoil('problem_title = "Other"', "from own_titles import title as problem_title")
    assert kits.load(small).title == "newer"


def test_executing_a_kit_writes_nothing_into_it(small, spoil, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (small / "external_imports").mkdir()
    (small / "external_imports" / "own_words.py").write_text("title = 'words'\n")
    spoil('problem_title = "Small"', "from own_words import title as problem_title")
    assert kits.load(small).title == "words"
    assert list(small.rglob("__pycache__")) == []


def test_a_kit_tells_what_its_boards_rank_by(small, spoil):
    assert kits.load(small).score_kind == "bag"
    spoil("problem_title =", 'leaderboard_score_kind = "mean"\nproblem_title =')
    assert kits.load(small).score_kind == "mean"
    spoil('"mean"', '"median"')
    with pytest.raises(KitError, match=r"leaderboard_score_kind is 'median'\. Expected bag or mean"):
        kits.load(small)


def test_loading_the_same_files_gives_an_equal_kit(small):
    assert kits.load(small) == kits.load(small)
    assert hash(kits.load(small)) == hash(kits.load(small))


def test_an_element_with_an_extension_is_text_or_data(small, spoil):
    spoil("workflow = Regressor()", "workflow = Regressor(['regressor', 'notes.md', 'external_data.csv'])")
    elements = kits.load(small).elements
    assert [(e.name, e.file_name, e.file_type) for e in elements[1:]] == [
        ("notes", "notes.md", "text"),
        ("external_data", "external_data.csv", "data"),
    ]


@pytest.mark.parametrize("file", ["data/train.csv", "external_imports/helper.py", "problem.py"])
def test_the_version_changes_with_the_problem_its_imports_and_its_data(small, file):
    before = kits.load(small).version
    (small / file).parent.mkdir(exist_ok=True)
    with open(small / file, "a") as stream:
        stream.write("\n# changed\n")
    assert kits.load(small).version != before


@pytest.mark.parametrize("file", ["data/raw/all.csv", "README.md", "submissions/x.py", "events/other.toml"])
def test_the_version_does_not_change_with_the_rest(small, file):
    before = kits.load(small).version
    (small / file).parent.mkdir(exist_ok=True, parents=True)
    (small / file).write_text("changed")
    assert kits.load(small).version == before


def test_external_imports_can_be_imported(small, spoil):
    (small / "external_imports").mkdir()
    (small / "external_imports" / "small_kit_helper.py").write_text("TITLE = 'From a helper'")
    spoil('problem_title = "Small"', "from small_kit_helper import TITLE as problem_title")
    assert kits.load(small).title == "From a helper"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("import numpy as np", "import no_such_module", r"small/problem.py, line 2: ModuleNotFoundError"),
        ("import numpy as np", "def f(:", r"small/problem.py, line 2: SyntaxError"),
        ("def get_cv", "def get_folds", "does not define get_cv"),
        ("score_types = [score_types.RMSE(), score_types.MARE(precision=4)]", "score_types = []", "empty"),
        ("score_types.MARE(precision=4)", "score_types.RelativeRMSE()", "names twice: rmse, rmse"),
        (
            "score_types.MARE(precision=4)",
            "type('Mine', (), {'name': 'mine'})()",
            "Mine lacks is_lower_the_better",
        ),
        ("workflow = Regressor()", "workflow = object()", "workflow has no element_names"),
    ],
)
def test_a_broken_problem_is_named_with_what_to_mend(small, spoil, old, new, message):
    spoil(old, new)
    with pytest.raises(KitError, match=message) as caught:
        kits.load(small)
    assert str(small) not in str(caught.value)


def test_a_folder_without_a_problem_is_no_kit(tmp_path):
    with pytest.raises(KitError, match=r"problem\.py is missing"):
        kits.load(tmp_path)


@pytest.mark.parametrize("name", ["gone", "../small", "small/../small", "", "."])
def test_an_unknown_problem_is_not_found_and_the_known_are_named(small, name):
    with pytest.raises(NotFound, match="The problems here: small"):
        kits.find(small.parent, name)


def test_no_folder_means_no_problem(tmp_path):
    assert kits.names(tmp_path / "gone") == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("NegativeLogLikelihood", "negative_log_likelihood"),
        ("RMSE", "rmse"),
        ("F1Above", "f1_above"),
        ("MADCenter", "mad_center"),
    ],
)
def test_class_names_become_snake_case(name, expected):
    assert snake_case(name) == expected


def test_a_stamp_changes_whenever_the_version_may_have(small):
    before = kits.stamp_of(small), kits.version_of(small)
    assert kits.stamp_of(small) == before[0]
    (small / "problem.py").write_bytes((small / "problem.py").read_bytes().replace(b"Small", b"Other"))
    assert kits.stamp_of(small) != before[0] and kits.version_of(small) != before[1]
