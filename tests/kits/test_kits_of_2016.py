"""A kit in the layout of the original server is taken as it is."""

import io
import shutil
import subprocess
import sys
import zipfile

import pytest

from databoard import kits
from databoard.kits.checks.run import check

#: What such a test looked like: it reads the public data beside it and trains the files to edit.
OWN_TEST = """
import pandas as pd
from classifier import Classifier

data = pd.read_csv("public_train.csv")
X, y = data.drop(columns="species").to_numpy(), data["species"].to_numpy()
classifier = Classifier()
classifier.fit(X, y)
print(classifier.predict_proba(X).shape)
"""


@pytest.fixture
def kit(problems, tmp_path):
    """Return iris as the original kept it: data and a test in starting_kit/, submissions by team, an old zip."""
    path = shutil.copytree(problems / "iris", tmp_path / "iris")
    own, deposited = path / "starting_kit", path / "deposited_submissions"
    shutil.copy(path / "data" / "public" / "train.csv", own / "public_train.csv")
    (own / "user_test_submission.py").write_text(OWN_TEST)
    for team in ("kegl", "agramfort"):
        shutil.copytree(path / "submissions" / "logistic_regression", deposited / team / "linear")
    shutil.rmtree(path / "submissions")
    (path / "starting_kit.zip").write_bytes(b"of yesterday")
    return path


def test_the_check_finds_nothing(kit):
    assert check(kit) == []


def test_submissions_of_several_teams_have_names_of_their_own(kit):
    assert list(kits.deposited_submissions(kit)) == ["linear", "kegl_linear"]
    file = kit / "deposited_submissions" / "kegl" / "linear" / "classifier.py"
    file.rename(file.with_name("notes.txt"))
    [finding] = check(kit)
    assert (finding.code, finding.file) == (
        "element_missing",
        "deposited_submissions/kegl/linear/classifier.py",
    )


def test_the_download_is_made_from_the_folder_and_its_own_test_runs_there(kit, tmp_path):
    archive = zipfile.ZipFile(io.BytesIO(kits.starting_kit_zip(kit)))
    assert not any("deposited" in name or name.endswith("kit.zip") for name in archive.namelist())
    assert "`python user_test_submission.py`" in archive.read("iris/README.md").decode()
    archive.extractall(tmp_path / "home")
    done = subprocess.run(
        [sys.executable, "user_test_submission.py"],
        cwd=tmp_path / "home" / "iris" / "submissions" / "starting_kit",
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.endswith(", 3)\n")) == (0, True), done.stderr
