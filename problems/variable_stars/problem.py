"""Tell four kinds of variable stars apart by how their light changes."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types

problem_title = "Variable stars"
_target = "type"
_label_names = ["cepheid", "eclipsing_binary", "mira", "rr_lyrae"]
_series = ["time_points", "light_points", "error_points"]
_n_stars = 3_000

Predictions = prediction_types.make_multiclass(label_names=_label_names)
workflow = workflows.FeatureExtractorClassifierCalibrator()
score_types = [
    score_types.Accuracy(name="acc", precision=3),
    score_types.NegativeLogLikelihood(name="nll", precision=3),
]


def get_cv(X, y):
    """Return eight folds, each with a random half of the stars of every kind for validation."""
    return StratifiedShuffleSplit(n_splits=8, test_size=0.5, random_state=57).split(X, y)


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Cut data/raw/variable_stars.csv, or a simulation when it is not there, into data/private and data/public.

    Seven tenths are hidden; of the rest, seven tenths are the public test part.
    """
    raw = Path(__file__).parent / "data" / "raw" / "variable_stars.csv"
    table = pd.read_csv(raw) if raw.is_file() else _simulated()
    private = train_test_split(table, test_size=0.7, random_state=57, stratify=table[_target])
    public = train_test_split(private[0], test_size=0.7, random_state=57, stratify=private[0][_target])
    for folder, parts in (("private", private), ("public", public)):
        for name, part in zip(("train", "test"), parts, strict=True):
            file = Path(__file__).parent / "data" / folder / f"{name}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            part.to_csv(file, index=False)


def _simulated():
    """Return stars observed at 30 to 90 irregular nights of 700 days."""
    rng = np.random.default_rng(57)
    stars = [_star(rng, kind) for kind in rng.choice(_label_names, size=_n_stars, p=[0.2, 0.35, 0.15, 0.3])]
    return pd.DataFrame(stars)


def _star(rng, kind):
    days = np.sort(rng.uniform(0, 700, rng.integers(30, 90)))
    mean, period_days, amplitude, colour = {
        "cepheid": (15.0, rng.lognormal(1.5, 0.8), rng.uniform(0.2, 1.0), 0.6),
        "eclipsing_binary": (16.5, rng.lognormal(0.9, 1.0), rng.uniform(0.2, 1.2), 0.3),
        "mira": (15.5, rng.lognormal(5.0, 0.5), rng.uniform(0.8, 2.5), 1.5),
        "rr_lyrae": (17.0, rng.lognormal(-0.4, 0.5), rng.uniform(0.3, 1.1), 0.3),
    }[kind]
    magnitude = rng.normal(mean, 1.0)
    errors = 0.02 * 10 ** (0.18 * (magnitude - 14)) * rng.lognormal(0, 0.3, len(days))
    light = magnitude + amplitude * _shape(rng, kind, days / period_days) + rng.normal(0, errors)
    is_misread = rng.uniform() < 0.1  # an alias: the period search found half or twice the period
    return {
        "period": round(period_days * (rng.choice([0.5, 2]) if is_misread else 1), 5),
        "magnitude_r": round(magnitude, 3),
        "magnitude_b": round(magnitude + rng.normal(colour, 0.35), 3),
        "time_points": _text(days, 2),
        "light_points": _text(light, 3),
        "error_points": _text(errors, 3),
        _target: kind,
    }


def _shape(rng, kind, cycles):
    """Return the change of magnitude, about one from top to bottom, at a time counted in periods."""
    phase = (cycles + rng.uniform()) % 1
    if kind == "eclipsing_binary":
        width, second = rng.uniform(0.03, 0.12), rng.uniform(0.1, 0.9)
        depth = np.exp(-(((phase - 0.25) / width) ** 2) / 2)
        return depth + second * np.exp(-(((phase - 0.75) / width) ** 2) / 2) - 0.2
    if kind == "mira":
        return 0.5 * np.sin(2 * np.pi * phase) + 0.1 * np.sin(2 * np.pi * cycles / 3)
    rise = rng.uniform(0.1, 0.25) if kind == "rr_lyrae" else rng.uniform(0.2, 0.45)
    return np.where(phase < rise, 0.5 - phase / rise, (phase - rise) / (1 - rise) - 0.5)


def _text(values, digits):
    return " ".join(f"{value:.{digits}f}" for value in values)


def _read(path, file_name):
    """Return a frame with arrays in the columns of time, light and error, and the kinds of the stars."""
    table = pd.read_csv(data_folder(path) / file_name)
    for name in _series:
        table[name] = [np.array(text.split(), dtype=float) for text in table[name]]
    return table.drop(columns=_target), table[_target].to_numpy(dtype=str)
