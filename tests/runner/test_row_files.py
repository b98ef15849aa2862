"""Rows that are files of the kit: they come into the jail with X, and those of the test rows not before these."""

import numpy as np
import pandas as pd
import pytest

from databoard import kits
from databoard.errors import KitError
from databoard.kits.row_files import RowFiles, with_files
from databoard.runner import Limits, TrainingTask

PROBLEM = """
import os
import numpy as np
from databoard.scoring import prediction_types, score_types
from databoard.workflows.importing import load_name

problem_title = "Images"
Predictions = prediction_types.make_multiclass(label_names=[0, 1])
score_types = [score_types.Accuracy(name="acc")]
IS_PAIR = {is_pair}


class Workflow:
    element_names = ["classifier"]

    def train_submission(self, module_path, X, y, train_is=None):
        return load_name(module_path, "classifier.py", "Classifier", purpose="class")().fit(X, y, train_is)

    def test_submission(self, model, X):
        return model.predict_proba(X)


workflow = Workflow()


def get_cv(X, y):
    rows = np.arange(len(y))
    return [(rows[::2], rows[1::2])]


def _data(path, part, n):
    folder, names = os.path.join(path, "data", "images"), [f"{{part}}_{{i}}.npy" for i in range(n)]
    y = np.arange(n) % 3 % 2
    if IS_PAIR:
        return (folder, np.array(names)), y
    return [os.path.join(folder, name) for name in names], y


def get_train_data(path="."):
    return _data(path, "train", 24)


def get_test_data(path="."):
    return _data(path, "test", 6)
"""
SUBMISSION = b"""
import glob
import os
import numpy as np


def read(X):
    paths = [os.path.join(X[0], name) for name in X[1]] if isinstance(X, tuple) else X
    return np.array([np.load(path).mean() for path in paths])


class Classifier:
    def fit(self, X, y, train_is):
        seen = glob.glob("/**/test_*.npy", recursive=True)
        assert not seen, "the hidden rows are here: %s" % seen
        read(X)
        return self

    def predict_proba(self, X):
        is_one = read(X) > 0.5
        return np.stack([~is_one, is_one], axis=1).astype(float)
"""


def kit_of(folder, *, is_pair):
    images = folder / "images" / "data" / "images"
    images.mkdir(parents=True)
    (images.parents[1] / "problem.py").write_text(PROBLEM.format(is_pair=is_pair))
    for part, n in (("train", 24), ("test", 6)):
        for i in range(n):
            np.save(images / f"{part}_{i}.npy", np.full((3, 3), float(i % 3 % 2)))
    return kits.load(images.parents[1])


@pytest.mark.parametrize("is_pair", [True, False])
def test_images_come_with_their_rows_and_predict_the_hidden_ones(tmp_path, runner, is_pair):
    kit = kit_of(tmp_path, is_pair=is_pair)
    scores = (("acc", "acc"),)
    task = TrainingTask(
        kit.path, kit.version, kits.folds(kit), {"classifier.py": SUBMISSION}, Limits(), scores, "acc"
    )
    runs = runner.train_test(task)
    assert [run.message for run in runs] == [""]
    assert runner.score(task, runs).summary["acc"].test_bag == 1.0


def test_paths_keep_the_type_that_the_kit_gave_them(tmp_path):
    kit = kit_of(tmp_path, is_pair=False)
    paths = kits.train_data(kit)[0]
    for X in (paths, np.array(paths), pd.Series(paths, index=range(5, 29))):
        back = with_files(X, kit.path).laid_out(tmp_path / "jail")
        assert type(back) is type(X) and np.load(list(back)[1]).mean() == 1.0
    assert list(back.index) == list(range(5, 29))


@pytest.mark.parametrize(
    "X", [["a", "text"], [], np.zeros((3, 2)), np.array(["x" * 5000]), ("data", [1]), ["\0"]]
)
def test_what_names_no_file_stays_as_it_is(tmp_path, X):
    assert with_files(X, tmp_path) is X


def test_a_path_out_of_the_kit_brings_nothing_in(tmp_path):
    (tmp_path / "secret").write_text("label")
    (tmp_path / "kit").mkdir()
    assert not isinstance(with_files(["../secret"], tmp_path / "kit"), RowFiles)


def test_a_name_without_a_file_and_too_many_bytes_are_the_organisers_to_mend(tmp_path, monkeypatch):
    kit = kit_of(tmp_path, is_pair=True)
    with pytest.raises(KitError, match=r"data/images/none\.npy, which is no file of the kit"):
        with_files((str(kit.path / "data" / "images"), ["none.npy"]), kit.path)
    with pytest.raises(KitError, match=r"no file of the kit"):
        with_files((str(kit.path / "data" / "images"), ["train_0.npy", "../../../../secret"]), kit.path)
    monkeypatch.setattr("databoard.kits.row_files.MAX_BYTES", 10)
    with pytest.raises(KitError, match="at most 0 MiB go into the jail"):
        with_files(kits.train_data(kit)[0], kit.path)
