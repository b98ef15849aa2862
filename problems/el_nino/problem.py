"""Predict the temperature of the tropical Pacific six months ahead."""

from pathlib import Path

import numpy as np
import pandas as pd

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types
from databoard.scoring.cv import TimeSeries

problem_title = "El Niño forecast"
_target = "in_six_months"
_n_months, _n_ahead, _n_burn_in = 1_200, 6, 120
_latitudes = [-10, -5, 0, 5, 10]
_longitudes = list(range(120, 281, 20))
_region = [f"t_{latitude}_{longitude}" for latitude in (-5, 0, 5) for longitude in (200, 220, 240)]

Predictions = prediction_types.make_regression()
workflow = workflows.TimeSeriesFeatureExtractorRegressor(
    n_burn_in=_n_burn_in, check_sizes=[132], check_indexs=[120]
)
score_types = [score_types.RMSE(name="rmse", precision=3)]
get_cv = TimeSeries(n_cv=8, cv_block_size=0.5, period=12).get_cv


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Cut data/raw/el_nino.csv, or a simulation when it is not there, into data/private and data/public.

    Both are cut by time: the first six tenths of all months are private training rows, and the first half of
    these is the public training part.
    """
    raw = Path(__file__).parent / "data" / "raw" / "el_nino.csv"
    table = pd.read_csv(raw) if raw.is_file() else _simulated()
    private = _cut(table, 0.6)
    for folder, parts in (("private", private), ("public", _cut(private[0], 0.5))):
        for name, part in zip(("train", "test"), parts, strict=True):
            file = Path(__file__).parent / "data" / folder / f"{name}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            part.to_csv(file, index=False)


def _cut(table, share):
    n_first = int(share * len(table))
    return table.iloc[:n_first], table.iloc[n_first:]


def _simulated():
    """Return a century of monthly temperatures on a coarse grid.

    Warm water gathers in the west, crosses the ocean and cools it in turn: two quantities, temperature and
    warm water, that swing around each other in four years, driven by noise (F.-F. Jin, 1997).
    """
    rng = np.random.default_rng(57)
    n_months = _n_months + _n_ahead
    turn = 2 * np.pi / 48
    swing = 0.96 * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    states = np.zeros((n_months, 2))
    for month in range(1, n_months):
        states[month] = swing @ states[month - 1] + rng.normal(0, [0.22, 0.15])
    columns = {"month": pd.period_range("1901-01", periods=n_months, freq="M").astype(str)}
    season = 2 * np.pi * (np.arange(n_months) - 3) / 12
    for latitude in _latitudes:
        for longitude in _longitudes:
            near = np.exp(-(((longitude - 220) / 40) ** 2) - (latitude / 8) ** 2)
            west = np.exp(-(((longitude - 140) / 25) ** 2) - (latitude / 12) ** 2)
            climate = (
                29 - 0.02 * (longitude - 120) - 0.1 * abs(latitude) + 0.7 * np.cos(season - latitude / 20)
            )
            noise = rng.normal(0, 0.35, n_months)
            values = climate + states @ [1.1 * near, 0.6 * west] + noise
            columns[f"t_{latitude}_{longitude}"] = values.round(2)
    table = pd.DataFrame(columns)
    table[_target] = table[_region].mean(axis=1).shift(-_n_ahead).round(3)
    return table.iloc[:_n_months]


def _read(path, file_name):
    """Return every month of the file, and the target of those after the burn-in."""
    table = pd.read_csv(data_folder(path) / file_name)
    return table.drop(columns=_target), table[_target].to_numpy()[_n_burn_in:]
