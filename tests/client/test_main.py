"""The participant's command line on a kit as it is downloaded."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import databoard
from databoard import kits
from databoard.client.main import main

PACKAGE = Path(databoard.__file__).parent


@pytest.fixture
def downloaded_kit(problems, tmp_path):
    """The starting kit of iris, unpacked as a participant does."""
    kits.prepare(problems / "iris")
    with zipfile.ZipFile(io.BytesIO(kits.starting_kit_zip(problems / "iris"))) as archive:
        archive.extractall(tmp_path)
    return next(tmp_path.rglob("problem.py")).parent


def test_the_starting_kit_scores_what_the_original_iris_kit_scores(downloaded_kit, capsys):
    assert main(["test", "--kit", str(downloaded_kit)]) == 0
    lines = {line.split()[0]: line.split()[1:3] for line in capsys.readouterr().out.splitlines()[1:]}
    assert lines["acc"] == ["0.6486", "0.7083"]
    assert lines["nll"] == ["0.5851", "0.6618"]


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert (end.value.code, capsys.readouterr().out) == (0, f"databoard {databoard.__version__}\n")


def test_a_broken_submission_is_told_with_exit_code_1(downloaded_kit, capsys):
    folder = downloaded_kit / "submissions" / "broken"
    folder.mkdir(parents=True)
    (folder / "classifier.py").write_text("import no_such_module\n")
    assert main(["test", "--kit", str(downloaded_kit), "--submission", "broken"]) == 1
    assert "no_such_module" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"x = 1\nx = '\xe9'\n", "classifier.py, line 2: Expected UTF-8 text, got the byte 0xE9"),
        (b'{"cells": [], "nbformat": 4}', "export it as a Python script: jupyter nbconvert --to script"),
        (b"PK\x03\x04", "got a zip archive"),
    ],
)
def test_what_is_no_text_is_told_as_the_server_does(downloaded_kit, capsys, content, told):
    folder = downloaded_kit / "submissions" / "spoilt"
    folder.mkdir(parents=True)
    (folder / "classifier.py").write_bytes(content)
    assert main(["test", "--kit", str(downloaded_kit), "--submission", "spoilt"]) == 1
    error = capsys.readouterr().err
    assert told in error and "Traceback" not in error


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_a_submission_of_any_system_is_tested(downloaded_kit, capsys, line_end):
    source = (
        "# coding: latin-1\n"
        + (downloaded_kit / "submissions/starting_kit/classifier.py").read_text()
        + "# \xe9\n"
    )
    folder = downloaded_kit / "submissions" / "theirs"
    folder.mkdir(parents=True)
    (folder / "classifier.py").write_bytes(source.replace("\n", line_end).encode("latin-1"))
    assert main(["test", "--kit", str(downloaded_kit), "--submission", "theirs"]) == 0


DEEP = """
import pandas as pd

def check(X):
    try:
        return pd.DataFrame({"a": [1]})["b"]
    except KeyError as error:
        raise ValueError("no column b") from error

class Classifier:
    def fit(self, X, y):
        check(X)
"""


def test_a_traceback_begins_at_the_students_code_and_has_no_frame_of_this_program(downloaded_kit, capsys):
    file = downloaded_kit / "submissions" / "starting_kit" / "classifier.py"
    file.write_text(DEEP)
    assert main(["test", "--kit", str(downloaded_kit)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("databoard: ValueError: no column b (in fit, classifier.py line 12)\n")
    files = re.findall(r'File "([^"]+)"', said)
    assert [name for name in files if f"{PACKAGE}/" in name or "importlib" in name] == []
    assert files.count(str(file)) == 3 and any("pandas" in name for name in files)


def test_code_that_ends_the_program_is_no_success(downloaded_kit, capsys):
    file = downloaded_kit / "submissions" / "starting_kit" / "classifier.py"
    file.write_text("import sys\nclass Classifier:\n    def fit(self, X, y):\n        sys.exit(0)\n")
    assert main(["test", "--kit", str(downloaded_kit)]) == 1
    assert "sys.exit" in capsys.readouterr().err


def test_the_path_that_is_tested_is_printed_and_a_path_may_be_given(downloaded_kit, capsys, monkeypatch):
    mine = downloaded_kit.parent / "mine"
    shutil.copytree(downloaded_kit / "submissions" / "starting_kit", mine)
    monkeypatch.chdir(downloaded_kit)
    for words, folder in (
        ([], downloaded_kit / "submissions/starting_kit"),
        (["--submission", "../mine"], mine),
    ):
        assert main(["test", *words]) == 0
        assert f"testing {folder} on the data in" in capsys.readouterr().out


def test_two_copies_that_differ_are_refused_because_one_of_them_is_not_tested(downloaded_kit, capsys):
    shutil.copytree(downloaded_kit / "submissions" / "starting_kit", downloaded_kit / "starting_kit")
    (downloaded_kit / "starting_kit" / "classifier.py").write_text("edited = True\n")
    assert main(["test", "--kit", str(downloaded_kit)]) == 2
    assert "got two with different files" in capsys.readouterr().err


def test_an_unknown_submission_names_those_that_are_there(downloaded_kit, capsys):
    assert main(["test", "--kit", str(downloaded_kit), "--submission", "nothing"]) == 2
    assert "Expected submissions/nothing" in capsys.readouterr().err


def test_the_command_line_needs_no_server_library():
    code = (
        "import sys, databoard.client.main; print([m for m in ('flask', 'sqlalchemy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
