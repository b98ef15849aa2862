"""Name a molecule and its concentration from one Raman spectrum."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit, train_test_split

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types

problem_title = "Chemotherapy drugs: molecule and concentration"
_target = ["molecule", "concentration"]
_label_names = ["A", "B", "Q", "R"]
_n_spots = 1866  # of the detector: the length of a spectrum
_n_solutes, _n_vials = 14, 3
_levels = np.array([300, 500, 800, 1200, 2000, 3000, 5000, 8000, 12000, 25000])

Predictions = prediction_types.make_combined(
    [prediction_types.make_multiclass(label_names=_label_names), prediction_types.make_regression()]
)
workflow = workflows.FeatureExtractorClassifierRegressor(label_names=_label_names)

_error = score_types.ClassificationError(name="error_mixed", precision=3)
_mare = score_types.MARE(name="mare_mixed", precision=3)
score_types = [
    score_types.Combined([_error, _mare], weights=[2 / 3, 1 / 3], name="error_mare_mixed", precision=3),
    score_types.MakeCombined(_error, 0),
    score_types.MakeCombined(_mare, 1),
]


def get_cv(X, y):
    """Return eight folds, each with a random fifth of the spectra for validation."""
    return ShuffleSplit(n_splits=8, test_size=0.2, random_state=57).split(X)


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Cut data/raw/drug_spectra.csv, or a simulation when it is not there, into data/private and data/public."""
    raw = Path(__file__).parent / "data" / "raw" / "drug_spectra.csv"
    table = (
        _simulated()
        if not raw.is_file()
        else pd.read_csv(raw, usecols=[*_target, "solute", "vial", "spectra"])
    )
    table["spectra"] = table["spectra"].str.strip("[]").str.replace(",", " ")
    private = train_test_split(table, test_size=0.3, random_state=57)
    public = train_test_split(private[0], test_size=0.3, random_state=57)
    for folder, parts in (("private", private), ("public", public)):
        for name, part in zip(("train", "test"), parts, strict=True):
            _write(f"{folder}/{name}.csv", part)


def _simulated():
    """Return 1428 spectra: a solute's glow and lines, plus a molecule's lines in proportion to its amount."""
    rng = np.random.default_rng(57)
    common = _lines(rng, n_lines=30)
    molecules = {label: common + 0.6 * _lines(rng, n_lines=12) for label in _label_names}
    solutes = [30 * _lines(rng, n_lines=4, width=(150, 500)) + 6 * _lines(rng, 15) for _ in range(_n_solutes)]
    rows = []
    for label in np.repeat(_label_names, [360, 360, 360, 348]):
        concentration, solute = rng.choice(_levels), rng.integers(_n_solutes)
        vial = rng.integers(_n_vials)
        signal = 0.1 * concentration * rng.lognormal(0, 0.05) * molecules[label]
        spectrum = (
            rng.lognormal(0, 0.15) * 40 * solutes[solute] + (1 + 0.02 * vial) * signal + 100 * (1 + vial)
        )
        counts = np.maximum(rng.normal(spectrum, np.sqrt(2 * np.maximum(spectrum, 1))), 0).astype(int)
        rows.append((label, concentration, solute + 1, vial + 1, " ".join(map(str, counts))))
    return pd.DataFrame(rows, columns=[*_target, "solute", "vial", "spectra"])


def _lines(rng, n_lines, width=(3, 12)):
    spots = np.arange(_n_spots)[:, None]
    places, widths = rng.uniform(0, _n_spots, n_lines), rng.uniform(*width, n_lines)
    return np.exp(-(((spots - places) / widths) ** 2) / 2) @ rng.lognormal(0, 0.5, n_lines)


def _read(path, file_name):
    """Return a frame with an array of 1866 counts in every row of ``spectra``, and (molecule, concentration)."""
    table = pd.read_csv(data_folder(path) / file_name)
    table["spectra"] = [np.fromstring(text, sep=" ") for text in table["spectra"]]
    y = table[_target].to_numpy(dtype=object)
    return table.drop(columns=_target), y


def _write(file_name, table):
    file = Path(__file__).parent / "data" / file_name
    file.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(file, index=False)
