"""The simulated sea ice has season, trend and memory, and its submissions are clearly apart."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from databoard import kits
from databoard.scoring.folds import FoldPredictions, score_folds

MILLION = 1_000_000


@pytest.fixture(scope="module")
def extent(problems):
    """The extent of a century of months; it begins in May, because the target is four months later."""
    kit = problems / "sea_ice"
    parts = [pd.read_csv(kit / "data" / "private" / f"{part}.csv") for part in ("train", "test")]
    table = pd.concat(parts, ignore_index=True)
    assert table["month"].iloc[[0, -1]].tolist() == ["1920-01", "2019-12"]
    return pd.Series(table["in_four_months"].to_numpy(), pd.period_range("1920-05", periods=1200, freq="M"))


def test_the_season_is_that_of_the_arctic(extent):
    mean = extent.groupby(extent.index.month).mean()
    assert mean.idxmax() in (2, 3) and mean.idxmin() in (8, 9, 10)
    assert 13 < mean.max() < 18 and 5 < mean.min() < 10  # million km²; observed in 1979 to 2000: 15.5 and 6.5


def test_ice_is_lost_faster_in_september_than_in_march(extent):
    def lost_in_a_decade(month):
        of_month = extent[extent.index.month == month]
        return -10 * np.polyfit(of_month.index.year, of_month, 1)[0]

    assert lost_in_a_decade(9) > 2 * lost_in_a_decade(3) > 0.1


def test_a_month_with_little_ice_is_followed_by_such_months(extent):
    """Without season and trend, what is left remembers for months, less and less."""
    rest = extent.groupby(extent.index.month).transform(
        lambda months: (
            months - np.polyval(np.polyfit(np.arange(len(months)), months, 1), np.arange(len(months)))
        )
    )
    memory = [rest.autocorr(lag) for lag in (1, 4, 24)]
    assert memory[0] > memory[1] > memory[2] and memory[1] > 0.3


def test_the_north_warms_most_and_is_coldest(problems):
    X = kits.train_data(kits.find(problems, "sea_ice"))[0]
    grid = X.filter(like="t_").to_numpy().reshape(-1, 12, 6, 12).mean(axis=(1, 3))  # years, latitudes
    assert (np.diff(grid.mean(axis=0)) < 0).all()
    warming = grid[-20:].mean(axis=0) - grid[:20].mean(axis=0)
    assert warming.min() > 0 and warming[-1] > 1.3 * warming[0]


def test_the_data_are_small(problems):
    files = [file for file in (problems / "sea_ice" / "data").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < MILLION


def test_submissions_are_clearly_apart_also_on_the_hidden_months(problems, tmp_path):
    kit = kits.find(problems, "sea_ice")
    deposited = kits.deposited_submissions(kit.path)
    ladder = {"starting_kit": kits.starting_kit_files(kit.path)}
    ladder |= {name: deposited[name] for name in ("seasons", "warm_years")}
    scores = [_scores(kit, files, tmp_path / name) for name, files in ladder.items()]
    for worse, better in pairwise(scores):
        assert better.valid_bag < 0.6 * worse.valid_bag and better.test_bag < 0.6 * worse.test_bag


def _scores(kit, files, folder):
    """Return the official scores of a submission, of its first and its last fold."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (X, y), (X_test, y_test), workflow = kits.train_data(kit), kits.test_data(kit), kit.problem.workflow
    folds = kits.folds(kit)[::7]
    models = [workflow.train_submission(folder, X, y, fold.train_is) for fold in folds]
    predictions = [
        FoldPredictions(fold.number, *(workflow.test_submission(model, part) for part in (X, X_test)))
        for fold, model in zip(folds, models, strict=True)
    ]
    facts = {"y_train": y, "y_test": y_test, "folds": folds, "predictions": predictions}
    score_types = {score.name: score for score in kit.problem.score_types}
    scored = score_folds(predictions_class=kit.problem.Predictions, score_types=score_types, **facts)
    return scored.summary["rmse"]
