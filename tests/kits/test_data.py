"""Preparing, reading and splitting the data of a kit."""

import numpy as np
import pytest

from databoard import kits
from databoard.errors import KitError

PREPARE = """
def prepare_data():
    from pathlib import Path
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    with open(folder / "calls.txt", "a") as stream:
        stream.write("x")
"""
CV = "[([0, 1], [2, 3]), ([2, 3], [0, 1])]"


def test_data_are_prepared_once_unless_forced(small, spoil):
    spoil("def get_cv", PREPARE + "\ndef get_cv")
    for force in (False, False, True):
        kits.prepare(small, force=force)
    assert (small / "data" / "calls.txt").read_text() == "xx"


def test_raw_data_alone_are_not_prepared_data(small, spoil):
    spoil("def get_cv", PREPARE + "\ndef get_cv")
    (small / "data" / "raw").mkdir(parents=True)
    (small / "data" / "raw" / "all.csv").write_text("1")
    kits.prepare(small)
    assert (small / "data" / "calls.txt").exists()


def test_a_kit_without_prepare_data_needs_no_preparation(small):
    kits.prepare(small, force=True)
    assert not (small / "data").exists()


def test_an_error_in_prepare_data_names_its_line(small, spoil):
    spoil("def get_cv", "def prepare_data():\n    1 / 0\n\ndef get_cv")
    with pytest.raises(KitError, match=r"small/problem.py, line 12: ZeroDivisionError: division by zero"):
        kits.prepare(small)


def test_prepared_data_are_closed_to_other_users(small):
    (small / "data").mkdir(mode=0o755)
    (small / "data" / "train.csv").touch()
    kits.prepare(small)
    assert (small / "data").stat().st_mode & 0o777 == 0o700


def test_a_preparation_that_broke_off_is_repeated(small, spoil):
    spoil("def get_cv", PREPARE + "    1 / 0\n\ndef get_cv")
    with pytest.raises(KitError):
        kits.prepare(small)
    spoil("    1 / 0\n", "")
    kits.prepare(small)
    assert [file.name for file in (small / "data").iterdir()] == ["calls.txt"]
    assert (small / "data" / "calls.txt").read_text() == "xx"


@pytest.mark.parametrize("present", [("private", "public"), ("public",), ()])
def test_private_data_are_used_before_public_ones(tmp_path, present):
    for name in present:
        (tmp_path / "data" / name).mkdir(parents=True)
    expected = tmp_path / "data" / present[0] if present else tmp_path / "data"
    assert kits.data_folder(tmp_path) == expected


def test_test_labels_may_be_missing(small):
    assert kits.test_data(kits.load(small))[1] is None


def test_an_error_in_reading_data_is_the_kits(small, spoil):
    spoil("return np.arange(2.0)[:, None], None", "raise FileNotFoundError('test.csv')")
    with pytest.raises(KitError, match=r"line 18: FileNotFoundError: test.csv"):
        kits.test_data(kits.load(small))


def test_folds_are_numbered_integer_rows(small):
    first, second = kits.folds(kits.load(small))
    assert (first.number, second.number) == (0, 1)
    assert first.train_is.dtype == second.test_is.dtype == np.int64
    assert (first.train_is.tolist(), first.test_is.tolist()) == ([0, 1], [2, 3])


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ("[]", "gave no fold"),
        ("[([0], [])]", "fold 0 of get_cv has no validation rows"),
        ("[([], [0])]", "has no training rows"),
        ("[([0], [1]), ([0, 1], [1, 2])]", "fold 1 of get_cv trains on 1 of its validation rows"),
        ("[([0], [4])]", r"validation rows outside 0\.\.3"),
        ("[([-1], [1])]", r"training rows outside 0\.\.3"),
        ("[([True, True, False, False], [2])]", "whole numbers"),
        ("[([0, 1], 2, 3)]", r"pair \(train_is, test_is\)"),
        ("1 / 0", "line 12: ZeroDivisionError"),
    ],
)
def test_bad_folds_are_refused(spoil, cv, message):
    kit = kits.load(spoil(CV, cv))
    with pytest.raises(KitError, match=message):
        kits.folds(kit)
