"""A series of grids, in RAMP's form: an xarray that stays in its file until it is needed."""

import os

import numpy as np
import rampwf as rw
import xarray as xr

problem_title = "What comes next"
Predictions = rw.prediction_types.make_regression()
workflow = rw.workflows.ElNino(check_sizes=[13], check_indexs=[13])
score_types = [rw.score_types.RMSE(name="rmse", precision=3)]
get_cv = rw.cvs.TimeSeries(n_cv=3, cv_block_size=0.5, period=6, unit="month", unit_2="year").get_cv


def _read(path, part):
    X = xr.open_dataset(os.path.join(path, "data", f"{part}.nc"), engine="scipy")
    y = np.load(os.path.join(path, "data", f"{part}.npy"))
    return X, y[X.attrs["n_burn_in"] :]


def get_train_data(path="."):
    return _read(path, "train")


def get_test_data(path="."):
    return _read(path, "test")
