"""From nothing to a scored submission with what `fab new_problem` writes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from databoard.ops import schema

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fab(tmp_path, bare_environment):
    """Run one fab call on a home and problems of its own; return exit code and output."""
    (tmp_path / "problems").mkdir()
    home = {"DATABOARD_HOME": str(tmp_path), "DATABOARD_PROBLEMS": str(tmp_path / "problems")}

    def fab(*words):
        command = [sys.executable, "-m", "fabric", *words]
        done = subprocess.run(command, cwd=ROOT, env=bare_environment | home, capture_output=True, text=True)
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, done.stdout

    return fab


@pytest.mark.parametrize("workflow", ["classifier", "feature_extractor_regressor_with_external_data"])
def test_a_new_kit_goes_up_as_it_is_and_its_stronger_submission_is_better(fab, tmp_path, workflow):
    schema.upgrade(f"sqlite:///{tmp_path / 'databoard.db'}")
    for words in (
        f"new_problem:flats,workflow={workflow}",
        "add_problem:flats",
        "add_event:flats_test",
        "create_user:ada,four ordinary words,Lovelace,Ada,ada@example.org",
        "sign_up_team:flats_test,ada",
        "add_submission:flats_test,ada,weak,path=" + str(tmp_path / "problems/flats/starting_kit"),
        "add_submission:flats_test,ada,stronger",
        "train_test:flats_test",
    ):
        assert fab(words)[0] == 0
    rows = json.loads(fab("print_submissions:flats_test,format=json")[1])
    value = {row["submission"]: row["value"] for row in rows}
    is_lower = rows[0]["score"] == "rmse"
    assert {row["state"] for row in rows} == {"scored"}
    assert (value["stronger"] < value["weak"]) == is_lower


def test_an_instructor_mends_a_kit_finding_by_finding(fab, tmp_path):
    fab("new_problem:flats")
    file = tmp_path / "problems/flats/problem.py"
    good = file.read_text()
    file.write_text(
        good.replace("names=_label_names", 'names=["blue", "red"]').replace(".split(X, y)", ".no_split(X, y)")
    )
    code, printed = fab("check_problem:flats,format=json")
    found = {row["code"]: row["line"] for row in json.loads(printed)}
    assert code == 1 and set(found) == {"label_unknown", "folds_raise", "not_run"}
    assert "make_multiclass" in file.read_text().splitlines()[found["label_unknown"] - 1]
    file.write_text(good)
    assert fab("check_problem", "flats") == (0, "flats: nothing is wrong.\n")
