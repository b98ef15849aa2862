"""Every kit in ``problems/`` works from preparation to scores, and gives away no hidden row."""

import io
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from databoard import kits
from databoard.scoring.blending import blend
from databoard.scoring.folds import FoldPredictions, score_folds

NAMES = kits.names(Path(__file__).parents[2] / "problems")
FAILING = "failing_on_purpose"
EVENTS = {name: f"{name}_test" for name in NAMES} | {
    "air_passengers": "air_passengers_dssp4",
    "drug_spectra": "drug_spectra",
    "el_nino": "el_nino",
    "sea_ice": "sea_ice",
    "variable_stars": "variable_stars",
}
SIMULATED = ("air_passengers", "drug_spectra", "el_nino", "sea_ice", "variable_stars")


def write(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def folds(kit):
    """Return the first three folds: enough for a law, and all that the figures of iris rest on."""
    return kits.folds(kit)[:3]


def predict(kit, module_path):
    """Train and predict on these folds, in process."""
    (X, y), (X_test, _), workflow = kits.train_data(kit), kits.test_data(kit), kit.problem.workflow
    runs = []
    for fold in folds(kit):
        model = workflow.train_submission(module_path, X, y, fold.train_is)
        y_pred_train, y_pred_test = (workflow.test_submission(model, part) for part in (X, X_test))
        runs.append(FoldPredictions(fold.number, y_pred_train, y_pred_test))
    return runs


def truths(kit):
    return {
        "predictions_class": kit.problem.Predictions,
        "score_types": {score_type.name: score_type for score_type in kit.problem.score_types},
        "y_train": kits.train_data(kit)[1],
        "y_test": kits.test_data(kit)[1],
        "folds": folds(kit),
    }


def test_nine_problems_are_shipped():
    assert tuple(sorted(("breast_cancer", "diabetes", "digits", "iris", *SIMULATED))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_kit_loads_with_its_event_and_its_description(problems, name):
    kit = kits.find(problems, name)
    event = kits.load_event(kit, EVENTS[name])
    assert kits.find_event(problems, event.name) == (name, problems / name)
    assert [score.is_official for score in event.scores] == [True] + [False] * (len(event.scores) - 1)
    assert event.scores[0].score_type == kit.score_types[0].name
    assert kit.readme.startswith("# ")
    assert all(
        heading in kit.readme for heading in ("## The data", "## What to write", "## How it is scored")
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_starting_kit_has_one_file_of_each_element(problems, name):
    expected = {element.file_name for element in kits.find(problems, name).elements}
    assert set(kits.starting_kit_files(problems / name)) == expected
    for files in kits.deposited_submissions(problems / name).values():
        assert set(files) == expected


@pytest.mark.parametrize("name", NAMES)
def test_better_submissions_score_better_and_their_ensemble_counts_them(problems, tmp_path, name):
    kit = kits.find(problems, name)
    good = {n: f for n, f in kits.deposited_submissions(kit.path).items() if n != FAILING}
    good = {"starting_kit": kits.starting_kit_files(kit.path)} | good
    runs = {n: predict(kit, write(tmp_path / n, files)) for n, files in good.items()}
    official = kit.score_types[0]
    bags = {
        n: score_folds(**truths(kit), predictions=r).summary[official.name].valid_bag for n, r in runs.items()
    }
    worst = (max if official.is_lower_the_better else min)(bags, key=bags.get)
    assert worst == "starting_kit" and len(bags) >= 2
    result = blend(**truths(kit), official=official.name, predictions=runs)
    assert sum(result.contributivity.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", NAMES)
def test_one_submission_fails_on_purpose(problems, tmp_path, name):
    kit = kits.find(problems, name)
    folder = write(tmp_path / FAILING, kits.deposited_submissions(kit.path)[FAILING])
    with pytest.raises(
        Exception,
        match=r"purpose|weight|not_installed|NaN|external_data|into the future|regressor.py to predict",
    ):
        predict(kit, folder)


@pytest.mark.parametrize("name", NAMES)
def test_no_hidden_row_is_in_the_zip(problems, name):
    archive = zipfile.ZipFile(io.BytesIO(kits.starting_kit_zip(problems / name)))
    assert not [
        entry for entry in archive.namelist() if "/private" in entry or "/raw" in entry or FAILING in entry
    ]
    private = problems / name / "data" / "private"
    may_be_there = Counter((private / "train.csv").read_text().splitlines()[1:])
    public = Counter()
    for part in ("train", "test"):
        public.update(archive.read(f"{name}/data/public/{part}.csv").decode().splitlines()[1:])
    assert public and public <= may_be_there  # counted, because two flowers may have equal measurements


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(SIMULATED)))
def test_private_and_public_cut_the_raw_table(problems, name):
    def rows(part):
        return Counter((problems / name / "data" / f"{part}.csv").read_text().splitlines()[1:])

    assert rows("private/train") + rows("private/test") == rows(f"raw/{name}")
    assert rows("public/train") + rows("public/test") == rows("private/train")


@pytest.mark.parametrize("name", NAMES)
def test_the_unpacked_zip_is_a_kit_on_public_data(problems, tmp_path, name):
    zipfile.ZipFile(io.BytesIO(kits.starting_kit_zip(problems / name))).extractall(tmp_path)
    kit = kits.load(tmp_path / name)
    n_public, n_private = len(kits.train_data(kit)[1]), len(kits.train_data(kits.find(problems, name))[1])
    assert n_public < n_private
    assert len(predict(kit, tmp_path / name / "submissions" / "starting_kit")) == len(folds(kit))


@pytest.mark.parametrize("name", NAMES)
def test_preparing_again_gives_the_same_data(problems, name):
    before = kits.load(problems / name).version
    kits.prepare(problems / name, force=True)
    assert kits.load(problems / name).version == before


# the original server's published figures for the public data of iris: valid, test
IRIS_REFERENCE = {
    "starting_kit": {
        "acc": (0.6486, 0.7083),
        "error": (0.3514, 0.2917),
        "nll": (0.5851, 0.6618),
        "f1_70": (0.3333, 0.3333),
    },
    "random_forest_10_10": {
        "acc": (0.9459, 0.9167),
        "error": (0.0541, 0.0833),
        "nll": (0.1347, 0.2488),
        "f1_70": (1.0, 1.0),
    },
}


@pytest.fixture(scope="session")
def public_iris(problems, tmp_path_factory):
    """Return the kit on public data, and the predictions of its two reference submissions."""
    folder = tmp_path_factory.mktemp("public")
    zipfile.ZipFile(io.BytesIO(kits.starting_kit_zip(problems / "iris"))).extractall(folder)
    kit = kits.load(folder / "iris")
    deposited = kits.deposited_submissions(problems / "iris") | {
        "starting_kit": kits.starting_kit_files(kit.path)
    }
    return kit, {name: predict(kit, write(folder / name, deposited[name])) for name in IRIS_REFERENCE}


@pytest.mark.parametrize("name", IRIS_REFERENCE)
def test_bagged_scores_of_iris_are_those_of_the_original(public_iris, name):
    kit, runs = public_iris
    summary = score_folds(**truths(kit), predictions=runs[name]).summary
    for score, expected in IRIS_REFERENCE[name].items():
        assert (summary[score].valid_bag, summary[score].test_bag) == pytest.approx(expected, abs=5e-5)


def test_the_ensemble_of_iris_is_that_of_the_original(public_iris):
    kit, runs = public_iris
    result = blend(**truths(kit), official="acc", predictions=runs)
    assert result.contributivity == {"starting_kit": 0.0, "random_forest_10_10": 1.0}
    assert result.combined_valid["acc"] == pytest.approx(0.9459, abs=5e-5)
    assert result.combined_test["acc"] == pytest.approx(0.9167, abs=5e-5)


def test_iris_is_cut_120_to_30_and_96_to_24(problems, public_iris):
    sizes = [
        len(get(kit)[1])
        for kit in (kits.find(problems, "iris"), public_iris[0])
        for get in (kits.train_data, kits.test_data)
    ]
    assert sizes == [120, 30, 96, 24]


def test_digits_are_images(problems):
    X, y = kits.train_data(kits.find(problems, "digits"))
    assert X.shape[1:] == (8, 8) and (X.min(), X.max()) == (0, 16)
    assert np.issubdtype(y.dtype, np.integer)
