"""Predict how many passengers take a flight, with the help of any table you bring along."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit, train_test_split

import databoard.workflows as workflows
from databoard.kits import data_folder
from databoard.scoring import prediction_types, score_types

problem_title = "Number of air passengers"
_target = "log_PAX"
_airports = [
    "ATL",
    "BOS",
    "CLT",
    "DEN",
    "DFW",
    "DTW",
    "EWR",
    "IAH",
    "JFK",
    "LAS",
    "LAX",
    "LGA",
    "MCO",
    "MIA",
    "MSP",
    "ORD",
    "PHL",
    "PHX",
    "SEA",
    "SFO",
]
_days = pd.date_range("2011-09-01", "2013-03-05")
_n_flights = 11_128

Predictions = prediction_types.make_regression()
workflow = workflows.FeatureExtractorRegressorWithExternalData()
score_types = [score_types.RMSE(name="rmse", precision=3)]


def get_cv(X, y):
    """Return eight folds, each with a random half of the flights for validation."""
    return ShuffleSplit(n_splits=8, test_size=0.5, random_state=57).split(X)


def get_train_data(path="."):
    return _read(path, "train.csv")


def get_test_data(path="."):
    return _read(path, "test.csv")


def prepare_data():
    """Cut data/raw/air_passengers.csv, or a simulation when it is not there, into data/private and data/public.

    The public part is a fifth of the private training rows.
    """
    raw = Path(__file__).parent / "data" / "raw" / "air_passengers.csv"
    table = pd.read_csv(raw) if raw.is_file() else simulate_flights(simulate_weather())
    private = train_test_split(table, test_size=0.2, random_state=57)
    _, some = train_test_split(private[0], test_size=0.2, random_state=57)
    public = train_test_split(some, test_size=0.2, random_state=57)
    for folder, parts in (("private", private), ("public", public)):
        for name, part in zip(("train", "test"), parts, strict=True):
            file = Path(__file__).parent / "data" / folder / f"{name}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            part.to_csv(file, index=False)


def simulate_weather():
    """Return one row per airport and day, 11040 in all: starting_kit/external_data.csv."""
    rng = np.random.default_rng(58)
    season = np.cos(2 * np.pi * (_days.day_of_year.to_numpy() - 200) / 365.25)
    tables = []
    for airport in _airports:
        mean, swing, wetness = rng.uniform(8, 24), rng.uniform(3, 14), rng.uniform(0.15, 0.4)
        mean_temperature = mean + swing * season + rng.normal(0, 3, len(_days))
        rain_mm = rng.exponential(9, len(_days)) * (rng.uniform(size=len(_days)) < wetness)
        wind_km_h = rng.gamma(4, 4, len(_days)) + 0.4 * rain_mm
        event = np.select(
            [(rain_mm > 4) & (mean_temperature < 1), wind_km_h > 38, rain_mm > 0],
            ["Snow", "Storm", "Rain"],
            "None",
        )
        columns = {
            "Date": _days.strftime("%Y-%m-%d"),
            "AirPort": airport,
            "Max TemperatureC": (mean_temperature + rng.uniform(2, 8, len(_days))).round(1),
            "Mean TemperatureC": mean_temperature.round(1),
            "Precipitationmm": rain_mm.round(1),
            "Mean Wind SpeedKm/h": wind_km_h.round(1),
            "Events": event,
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def simulate_flights(weather):
    """Return flights of random days and routes; size of the airports, calendar and weather fill them."""
    rng = np.random.default_rng(57)
    day = rng.integers(len(_days), size=_n_flights)
    departure = rng.integers(len(_airports), size=_n_flights)
    arrival = (departure + rng.integers(1, len(_airports), size=_n_flights)) % len(_airports)
    weeks = rng.gamma(12, 0.95, _n_flights)
    date = _days[day]
    size, route = rng.normal(0, 0.45, len(_airports)), rng.normal(0, 0.3, (len(_airports), len(_airports)))
    weekday = np.array([0.15, -0.3, -0.1, 0.25, 0.4, -0.45, 0.3])
    is_holiday = np.isin(
        date.strftime("%m%d"), ["1123", "1125", "1221", "1222", "1223", "0102", "0703", "0705"]
    )
    log_pax = (
        11.0
        + size[departure]
        + size[arrival]
        + route[departure, arrival]
        + weekday[date.day_of_week]
        + 0.35 * np.cos(2 * np.pi * (date.day_of_year.to_numpy() - 190) / 365.25)
        + 0.6 * is_holiday
        - 0.08 * (weeks - 11.4)
        + _weather_effect(weather, day, departure, arrival)
        + rng.normal(0, 0.3, _n_flights)
    )
    columns = {
        "DateOfDeparture": date.strftime("%Y-%m-%d"),
        "Departure": np.array(_airports)[departure],
        "Arrival": np.array(_airports)[arrival],
        "WeeksToDeparture": weeks.round(4),
        "std_wtd": rng.gamma(9, 1.0, _n_flights).round(4),
        _target: log_pax.round(6),
    }
    return pd.DataFrame(columns)


def _weather_effect(weather, day, departure, arrival):
    """Return what snow and storms at both ends take away, and warmth at the destination adds."""
    by_airport = weather.pivot(index="Date", columns="AirPort")
    cost_of = {"None": 0.0, "Rain": -0.05, "Storm": -0.5, "Snow": -0.8}
    cost = by_airport["Events"].map(cost_of.get).to_numpy(dtype=float)
    warmth = by_airport["Max TemperatureC"].to_numpy()
    return cost[day, departure] + cost[day, arrival] + 0.012 * (warmth[day, arrival] - 20)


def _read(path, file_name):
    table = pd.read_csv(data_folder(path) / file_name)
    return table.drop(columns=_target), table[_target].to_numpy()
