"""The check of a kit: every fault that is seeded is found, in its line, and nothing else."""

import json
import re
import shutil
from pathlib import Path

import pytest

from databoard import kits
from databoard.kits import missing_data
from databoard.kits.authoring import SKELETONS
from databoard.kits.checks.run import check
from tests.kits.broken import faults
from tests.notebook_files import code, notebook, stream

ALL = [*faults.CONTRACT, *faults.DATA, *faults.FOLDS, *faults.SCORES, *faults.LEAKS]


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    """Return a new kit, prepared; not to be changed."""
    path = kits.write_kit(tmp_path_factory.mktemp("problems"), "good", "classifier")
    kits.prepare(path)
    return path


@pytest.fixture
def copy(good, tmp_path):
    """Return a copy of the good kit, to spoil."""
    return shutil.copytree(good, tmp_path / "good")


def seed(path, fault):
    """Put a fault into the kit."""
    source = (path / "problem.py").read_text()
    assert fault.old in source
    (path / "problem.py").write_text(source.replace(fault.old, fault.new.replace("HERE", str(path))))
    if fault.is_new_data:
        shutil.rmtree(path / "data")


def line_at(path, finding):
    """Return the text of the line that a finding names."""
    return (path / finding.file).read_text().splitlines()[finding.line - 1] if finding.line else ""


def codes(found):
    return {finding.code for finding in found}


def test_nothing_is_found_in_a_good_kit(good):
    assert check(good) == []


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: f"{fault.code}-{fault.new[:20]}")
def test_a_seeded_fault_is_found_in_its_line_and_nothing_else(copy, fault):
    seed(copy, fault)
    found = check(copy)
    assert codes(found) == {fault.code}
    first = found[0]
    assert fault.at in line_at(copy, first)
    assert bool(fault.at) <= bool(first.line)
    assert "xpected" in first.what and first.fix.endswith((".", ":", ")"))


def test_at_least_twelve_different_faults_are_seeded():
    assert len({fault.code for fault in ALL}) >= 12


def test_one_fault_does_not_hide_the_next(copy):
    for fault in (faults.CONTRACT[-1], faults.FOLDS[4], faults.SCORES[0], faults.DATA[-1]):
        seed(copy, fault)
    (copy / "README.md").unlink()
    (copy / "starting_kit" / "classifier.py").rename(copy / "starting_kit" / "classifer.py")
    wanted = {
        "score_name_twice",
        "fold_overlap",
        "score_direction",
        "label_in_x",
        "readme_missing",
        "element_missing",
        "element_extra",
    }
    assert codes(check(copy)) == wanted


def test_a_hidden_table_in_the_starting_kit_is_found_with_its_first_row(copy):
    shutil.copy(copy / "data" / "private" / "test.csv", copy / "starting_kit" / "example.csv")
    (found,) = check(copy)
    assert (found.code, found.file, found.line) == ("hidden_rows_public", "starting_kit/example.csv", 2)


def test_a_link_to_hidden_data_is_found(copy):
    (copy / "starting_kit" / "all.csv").symlink_to(copy / "data" / "private" / "train.csv")
    assert codes(check(copy)) == {"download_link"}


@pytest.mark.parametrize("script", ["download_data.py", "ramp_download.sh", "fetch.py"])
def test_a_download_that_was_not_made_is_named(copy, script):
    shutil.rmtree(copy / "data")
    source = (copy / "problem.py").read_text().replace("def prepare_data", "def prepare_later")
    (copy / "problem.py").write_text(source)
    (copy / script).write_text("")
    found = [finding for finding in check(copy) if finding.severity == "error"]
    assert {(finding.code, script in finding.fix) for finding in found} == {("data_not_downloaded", True)}


@pytest.mark.parametrize(
    ("reader", "word"), [("data_folder", "data_folder(path)"), ("os", "os.path.join(path,")]
)
def test_advice_uses_the_words_of_the_kit(copy, reader, word):
    source = f"import pandas as pd\nfrom databoard.kits import data_folder as {reader}\n"
    source = source if reader == "data_folder" else "import pandas as pd\n"
    (copy / "problem.py").write_text(
        f"{source}\ndef get_train_data(path='.'):\n    return pd.read_csv('none.csv')\n"
    )
    assert word in missing_data.advice(copy, FileNotFoundError("none.csv"))


def test_a_kit_without_starting_kit_is_told_which_files_to_write(copy):
    shutil.rmtree(copy / "starting_kit")
    found = next(finding for finding in check(copy) if finding.code == "starting_kit_missing")
    assert "classifier.py" in found.what


#: Names of modules that Python, or a library of the jail, imports; by them something else breaks, and elsewhere.
TAKEN = ["random", "json", "types", "numpy", "sklearn"]


@pytest.mark.parametrize("name", TAKEN)
def test_an_element_with_the_name_of_a_library_is_refused(copy, name):
    source = (copy / "problem.py").read_text()
    own = f"workflows.Classifier([{name!r}])"
    (copy / "problem.py").write_text(source.replace("workflows.Classifier()", own))
    (copy / "starting_kit" / "classifier.py").rename(copy / "starting_kit" / f"{name}.py")
    (found,) = check(copy)
    assert (found.code, found.severity) == ("name_taken", "error") and own in line_at(copy, found)
    assert f"my_{name}" in found.fix


@pytest.mark.parametrize("name", [*(f"{name}.py" for name in TAKEN), "logging"])
def test_a_module_of_the_kit_with_the_name_of_a_library_is_refused(copy, name):
    module = copy / "external_imports" / name
    (module if module.suffix else module / "deep").mkdir(
        parents=True
    )  # a file is not needed: the name decides
    (found,) = check(copy)
    assert (found.code, found.file) == ("name_taken", f"external_imports/{name}")


def test_findings_pass_through_a_process_of_their_own(copy):
    seed(copy, faults.FOLDS[4])
    assert kits.check(copy) == check(copy)
    json.dumps([vars(finding) for finding in kits.check(copy)])


def test_equal_rows_of_a_table_are_no_leak(copy):
    for part in ("private/train", "private/test", "public/train"):
        with (copy / "data" / f"{part}.csv").open("a") as file:
            file.write("0.1234,0.2345,0.3456,0.4567,red\n")
    assert check(copy) == []


EVENT = """title = 5
opens_at = 2026-01-01
colour = "red"
max_n_ensemble = 0

[[scores]]
score_type = "acc"

[[scores]]
score_type = "f1"
precision = "two"
"""


def test_every_mistake_of_an_event_file_is_found_in_its_line(copy):
    (copy / "events" / "good_test.toml").write_text(EVENT)
    found = kits.check_events(kits.describe(copy))
    assert sorted(finding.line for finding in found) == [1, 2, 3, 4, 10, 11]
    assert {finding.where.partition(":")[0] for finding in found} == {"events/good_test.toml"}


def test_an_event_file_that_is_no_toml_is_found_in_its_line(copy):
    (copy / "events" / "good_test.toml").write_text('title = "x"\nis_public = yes\n')
    assert [finding.line for finding in kits.check_events(kits.describe(copy))] == [2]


def test_a_list_of_truths_is_refused_where_folds_take_rows_of_an_array(tmp_path):
    path = kits.write_kit(tmp_path, "new", "object_detector")
    source = (path / "problem.py").read_text()
    (path / "problem.py").write_text(source.replace("np.fromiter(circles, dtype=object)", "list(circles)"))
    assert codes(check(path)) == {"truth_wrong"}


def test_what_the_check_cannot_read_does_not_hide_other_findings(copy, monkeypatch):
    def broken(*_):
        raise ValueError("odd data")

    seed(copy, faults.FOLDS[4])
    monkeypatch.setattr("databoard.kits.checks.run.check_data", broken)
    assert codes(check(copy)) == {"not_checked", "fold_overlap"}


ROOT = Path(kits.__file__).parents[2]
CODE = re.compile(r'(?:(?:report\.)?(?:error|warning|found)\(|"error",|"warning",)\s*"([a-z_]+)"')


def test_instructors_find_every_code_and_workflow_in_their_page():
    sources = [
        *ROOT.glob("databoard/kits/checks/*.py"),
        ROOT / "databoard/ops/kit_check.py",
        ROOT / "databoard/ops/trial.py",
    ]
    made = {code for source in sources for code in CODE.findall(source.read_text())}
    page = (ROOT / "docs/instructors.md").read_text()
    assert len(made) >= 40
    assert {code for code in made if f"`{code}`" not in page} == set()
    assert {workflow for workflow in SKELETONS if f"`{workflow}`" not in page} == set()


@pytest.mark.parametrize("workflow", SKELETONS)
def test_nothing_is_found_in_a_new_kit(tmp_path, workflow):
    path = kits.write_kit(tmp_path, "new", workflow)
    assert check(path) == [] and kits.check_events(kits.describe(path)) == []


def test_a_notebook_that_cannot_be_shown_is_found(copy):
    (copy / "good_starting_kit.ipynb").write_text('{"nbformat": 3}')
    (found,) = check(copy)
    assert (found.code, found.file) == ("notebook_wrong", "good_starting_kit.ipynb")
    assert "format 4, got 3" in found.what


def test_a_hidden_row_in_a_notebook_is_found(copy):
    row = (copy / "data" / "private" / "test.csv").read_text().splitlines()[1]
    saved = notebook(code("print(open('test.csv').read())", stream([f"{row}\n", "and more\n"])))
    (copy / "starting_kit.ipynb").write_text(json.dumps(saved, indent=1))
    (found,) = check(copy)
    assert found.code == "hidden_rows_public" and row in line_at(copy, found)
