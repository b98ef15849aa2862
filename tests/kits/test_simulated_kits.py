"""The kits whose data are simulated: sizes and columns of the originals, and a real table takes their place."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from databoard import kits
from databoard.scoring import score_types as st

PROBLEMS = Path(__file__).parents[2] / "problems"
SIZES = {  # private train and test, public train and test
    "air_passengers": (8902, 2226, 1424, 357),
    "drug_spectra": (999, 429, 699, 300),
    "el_nino": (720, 480, 360, 360),
    "sea_ice": (720, 480, 360, 360),
    "variable_stars": (900, 2100, 270, 630),
}


def table(problems, name, part):
    return pd.read_csv(problems / name / "data" / f"{part}.csv")


@pytest.mark.parametrize("name", SIZES)
def test_the_parts_have_the_sizes_of_the_original(problems, name):
    parts = ("private/train", "private/test", "public/train", "public/test")
    assert tuple(len(table(problems, name, part)) for part in parts) == SIZES[name]


@pytest.mark.parametrize("name", SIZES)
def test_a_description_opens_with_what_the_data_are(name):
    first = (PROBLEMS / name / "README.md").read_text().splitlines()[2]
    assert first.startswith("> **The data are simulated.**")


@pytest.mark.parametrize("name", SIZES)
def test_a_real_table_takes_the_place_of_the_simulation(problems, tmp_path, name):
    kit = shutil.copytree(problems / name, tmp_path / name, ignore=shutil.ignore_patterns("data"))
    (kit / "data" / "raw").mkdir(parents=True)
    real = table(problems, name, "private/train").head(700)
    real.to_csv(kit / "data" / "raw" / f"{name}.csv", index=False)
    kits.prepare(kit)
    parts = pd.concat([table(tmp_path, name, f"private/{part}") for part in ("train", "test")])
    key = real.columns[:4].tolist()
    pd.testing.assert_frame_equal(
        parts[key].sort_values(key, ignore_index=True), real[key].sort_values(key, ignore_index=True)
    )


def test_a_spectrum_is_an_array_and_its_truth_a_molecule_and_a_concentration(problems):
    X, y = kits.train_data(kits.find(problems, "drug_spectra"))
    assert {spectrum.shape for spectrum in X["spectra"]} == {(1866,)}
    assert (set(X["solute"]), set(X["vial"])) == (set(range(1, 15)), {1, 2, 3})
    assert set(y[:, 0]) == {"A", "B", "Q", "R"}
    assert (y[:, 1].min(), y[:, 1].max()) == (300, 25000)


def test_the_raw_spectra_of_the_original_are_read_too(problems, tmp_path):
    kit = shutil.copytree(problems / "drug_spectra", tmp_path / "kit", ignore=shutil.ignore_patterns("data"))
    (kit / "data" / "raw").mkdir(parents=True)
    real = table(problems, "drug_spectra", "private/train").head(20)
    real["spectra"] = [f"[{', '.join(text.split())}]" for text in real["spectra"]]
    real.to_csv(kit / "data" / "raw" / "drug_spectra.csv", index=False)
    kits.prepare(kit)
    assert kits.train_data(kits.load(kit))[0]["spectra"].iloc[0].shape == (1866,)


def test_the_scores_of_drug_spectra_are_those_of_the_original(problems):
    kit = kits.find(problems, "drug_spectra")
    bounds = {s.name: (s.is_lower_the_better, s.minimum, s.maximum) for s in kit.score_types}
    assert bounds == {
        "error_mare_mixed": (True, 0.0, np.inf),
        "error_mixed": (True, 0.0, 1.0),
        "mare_mixed": (True, 0.0, np.inf),
    }
    assert [s.type_name for s in kit.score_types] == ["error_mare_mixed", "classification_error", "mare"]
    shown = [(s.name, s.precision, s.is_official) for s in kits.load_event(kit, "drug_spectra").scores]
    assert shown == [("combined", 3, True), ("err", 3, False), ("mare", 3, False)]


def test_the_official_score_of_drug_spectra_weighs_error_two_to_one(problems):
    official = kits.find(problems, "drug_spectra").problem.score_types[0]
    assert isinstance(official, st.Combined)
    assert official.weights == (2 / 3, 1 / 3)


@pytest.mark.parametrize(
    ("name", "workflow", "elements"),
    [
        (
            "drug_spectra",
            "feature_extractor_classifier_regressor",
            "feature_extractor_clf,classifier,feature_extractor_reg,regressor",
        ),
        (
            "air_passengers",
            "feature_extractor_regressor_with_external_data",
            "feature_extractor,regressor,external_data",
        ),
        ("el_nino", "ts_feature_extractor_regressor", "ts_feature_extractor,regressor"),
        ("sea_ice", "ts_feature_extractor_regressor", "ts_feature_extractor,regressor"),
        (
            "variable_stars",
            "feature_extractor_classifier_calibrator",
            "feature_extractor,classifier,calibrator",
        ),
    ],
)
def test_workflow_and_elements_are_those_of_the_readmes_commands(problems, name, workflow, elements):
    kit = kits.find(problems, name)
    assert kit.workflow_name == workflow
    assert ",".join(element.type_name for element in kit.elements) == elements


def test_external_data_are_a_required_file_of_data(problems):
    *_, external = kits.find(problems, "air_passengers").elements
    assert (external.file_name, external.file_type) == ("external_data.csv", "data")


def test_the_weather_of_the_starting_kit_is_the_one_that_moved_the_passengers(problems):
    kit = kits.find(problems, "air_passengers")
    starter = pd.read_csv(kit.path / "starting_kit" / "external_data.csv", keep_default_na=False)
    pd.testing.assert_frame_equal(starter, kit.problem.simulate_weather(), check_dtype=False)
    assert len(starter) == 11_040


def test_stars_come_with_three_arrays_of_one_length(problems):
    X, y = kits.train_data(kits.find(problems, "variable_stars"))
    lengths = X[["time_points", "light_points", "error_points"]].map(len)
    assert lengths.nunique(axis=1).eq(1).all()
    assert set(y) == {"cepheid", "eclipsing_binary", "mira", "rr_lyrae"}


def test_the_target_of_el_nino_is_the_mean_of_the_region_six_months_later(problems):
    X, y = kits.train_data(kits.find(problems, "el_nino"))
    assert (len(X), len(y)) == (720, 600)
    names = [f"t_{latitude}_{longitude}" for latitude in (-5, 0, 5) for longitude in (200, 220, 240)]
    np.testing.assert_allclose(y[:-6], X[names].mean(axis=1)[126:], atol=0.0006)


@pytest.mark.parametrize("name", ["el_nino", "sea_ice"])
def test_every_fold_of_a_time_series_validates_on_what_follows(problems, name):
    folds = kits.folds(kits.find(problems, name))
    assert [len(fold.train_is) for fold in folds] == [312 + 36 * k for k in range(8)]
    assert all(fold.train_is.max() < fold.test_is.min() and fold.test_is.max() == 599 for fold in folds)
