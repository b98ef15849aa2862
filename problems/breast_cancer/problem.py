"""Tell malignant from benign tumours by the shape of cell nuclei."""

from pathlib import Path

import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold, train_test_split

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types

problem_title = "Breast cancer diagnosis"
_target = "diagnosis"
_label_names = ["benign", "malignant"]

Predictions = prediction_types.make_multiclass(label_names=_label_names)
workflow = workflows.FeatureExtractorClassifier()

score_types = [
    score_types.ROCAUC(name="auc", precision=3),
    score_types.Accuracy(name="acc", precision=3),
    score_types.BrierScore(name="brier", precision=3),
    score_types.NegativeLogLikelihood(name="nll", precision=3),
]


def get_cv(X, y):
    """Return five folds that share the patients out: each is in the validation part of exactly one."""
    return StratifiedKFold(n_splits=5, shuffle=True, random_state=57).split(X, y)


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Write data/raw, data/private and data/public; the public part is cut from the private training rows."""
    cancer = load_breast_cancer()
    table = pd.DataFrame(cancer.data, columns=[name.replace(" ", "_") for name in cancer.feature_names])
    table[_target] = cancer.target_names[cancer.target]
    private = train_test_split(table, test_size=0.3, random_state=57, stratify=table[_target])
    public = train_test_split(private[0], test_size=0.3, random_state=57, stratify=private[0][_target])
    _write("raw/breast_cancer.csv", table)
    for folder, parts in (("private", private), ("public", public)):
        for name, part in zip(("train", "test"), parts, strict=True):
            _write(f"{folder}/{name}.csv", part)


def _read(path, file_name):
    table = pd.read_csv(data_folder(path) / file_name)
    return table.drop(columns=_target), table[_target].to_numpy(dtype=str)


def _write(file_name, table):
    file = Path(__file__).parent / "data" / file_name
    file.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(file, index=False)
