"""Predict how much of the Arctic is covered with sea ice four months ahead."""

from pathlib import Path

import numpy as np
import pandas as pd

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types
from databoard.scoring.cv import TimeSeries

problem_title = "Arctic sea ice forecast"
_target = "in_four_months"
_n_months, _n_ahead, _n_burn_in, _n_spin_up = 1_200, 4, 120, 240
_latitudes = np.arange(60, 90, 5)
_longitudes = np.arange(0, 360, 30)
_ocean_share = np.array([0.2, 0.25, 0.45, 0.8, 0.95, 1.0])[:, np.newaxis]  # of a cell, by latitude

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
    """Cut data/raw/sea_ice.csv, or a simulation when it is not there, into data/private and data/public.

    Both are cut by time: the first six tenths of all months are private training rows, and the first half of
    these is the public training part.
    """
    raw = Path(__file__).parent / "data" / "raw" / "sea_ice.csv"
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


def _read(path, file_name):
    """Return every month of the file, and the target of those after the burn-in."""
    table = pd.read_csv(data_folder(path) / file_name)
    return table.drop(columns=_target), table[_target].to_numpy()[_n_burn_in:]


def _simulated():
    """Return a century of monthly temperatures on a grid, and the extent of the ice that they make."""
    rng = np.random.default_rng(57)
    temperatures = _temperatures(rng, _n_spin_up + _n_months + _n_ahead)
    extent = _extent(temperatures)[_n_spin_up:]
    measured = (extent + rng.normal(0, 0.05, len(extent))).round(3)
    columns = {"month": pd.period_range("1920-01", periods=_n_months, freq="M").astype(str)}
    grid = temperatures[_n_spin_up : _n_spin_up + _n_months].round(1)
    for i, latitude in enumerate(_latitudes):
        for j, longitude in enumerate(_longitudes):
            columns[f"t_{latitude}_{longitude}"] = grid[:, i, j]
    columns[_target] = measured[_n_ahead:]
    return pd.DataFrame(columns)


def _temperatures(rng, n_months):
    """Return temperatures of the air, in °C, shape (months, latitudes, longitudes).

    A mean climate with a season, warmer where the Atlantic comes in; a century of warming, twice as strong in the
    north and in winter; weather that lasts a month or two, and slow swings of the ocean that last years.
    """
    latitude, longitude = _latitudes[:, np.newaxis], np.radians(_longitudes)
    northern = (latitude - 50) / 35
    month = np.arange(n_months)
    season = -np.cos(2 * np.pi * (month % 12 - 0.5) / 12)[:, np.newaxis, np.newaxis]  # -1 in January
    years_of_warming = np.maximum(month - _n_spin_up, 0)[:, np.newaxis, np.newaxis] / 12

    def lasting(share, spread, shape=(1, 1)):
        """Return noise of this spread, of which a share is left after a month."""
        noise = rng.normal(0, spread * np.sqrt(1 - share**2), (n_months, *shape))
        for i in range(1, n_months):
            noise[i] += share * noise[i - 1]
        return noise

    atlantic = 8 * np.exp(4 * (np.cos(longitude - np.radians(10)) - 1)) * (90 - latitude) / 30
    climate = 0.5 - 0.75 * (latitude - 60) + atlantic + (9 + 0.25 * (latitude - 60)) * season
    warming = 0.025 * years_of_warming * (0.5 + northern) * (1.4 - 0.4 * season)
    weather = lasting(0.5, 0.6) * northern + lasting(0.4, 0.6, (len(_latitudes), len(_longitudes)))
    for wave in (np.cos(2 * longitude), np.sin(2 * longitude)):
        weather = weather + lasting(0.5, 0.5) * wave
    return climate + warming + weather + lasting(0.96, 1.0)


def _extent(temperatures):
    """Return the area with ice, in million km², of each month.

    In each cell ice grows in the cold, slower the thicker it is (J. Stefan, 1891), and melts in the warmth. Water
    without ice takes up heat and gives it back for months, so that a summer is remembered in winter.
    """
    latitude = np.radians(_latitudes)[:, np.newaxis]
    edges = np.sin(latitude + np.radians(2.5)) - np.sin(latitude - np.radians(2.5))
    area = 6.371**2 * np.radians(30) * edges * _ocean_share * np.ones(len(_longitudes))
    thickness = np.ones(area.shape)  # m
    heat = np.zeros(area.shape)  # by which the water is above freezing, °C
    extent = np.empty(len(temperatures))
    for month, air in enumerate(temperatures):
        below_freezing = -1.8 - heat - air
        growth = 0.06 * np.maximum(below_freezing, 0) / (0.5 + 0.6 * thickness)
        melt = 0.2 * np.maximum(-below_freezing, 0)
        thickness = np.clip(thickness + growth - melt, 0, 4)
        cover = 1 - np.exp(-thickness / 0.35)
        heat = 0.85 * heat + 0.1 * (1 - cover) * np.maximum(air + 1.8, 0)
        extent[month] = np.sum(area / (1 + np.exp((0.5 - cover) / 0.12)))
    return extent
