"""Simulated data of the kits that are written for RAMP, and stand in ``kits/``."""

import numpy as np
import pandas as pd
import xarray as xr


def write(kit) -> None:
    """Write the data of a kit by its name."""
    (kit / "data").mkdir()
    for seed, part in enumerate(("train", "test")):
        _WRITERS[kit.name](np.random.default_rng(seed), kit / "data" / part)


def three_clouds(rng):
    label = np.array(["a", "b", "c"] * 40)
    centre = {"a": (0, 0), "b": (2, 0), "c": (0, 2)}
    points = rng.normal(size=(len(label), 2)) + np.array([centre[name] for name in label])
    return pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "label": label})


def _clouds(rng, path):
    three_clouds(rng).to_csv(path.with_suffix(".csv"), index=False)


def _combined(rng, path):
    table = three_clouds(rng).set_axis(["u", "v", "kind"], axis="columns")
    table["dose"] = np.exp(table["u"] / 3) + rng.uniform(0.1, 0.2, len(table))
    table.to_csv(path.with_suffix(".csv"), index=False)


def _detection(rng, path):
    images, circles = rng.normal(0, 0.1, (12, 24, 24)), []
    rows, columns = np.indices((24, 24))
    for number in range(len(images)):
        for column in (6, 17)[: number % 3]:  # images without a disc, too
            row, radius = rng.uniform(7, 16), rng.uniform(2, 4)
            images[number][(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] += 1
            circles.append((number, row, column, radius))
    np.save(path.with_suffix(".npy"), images)
    pd.DataFrame(circles, columns=["image", "row", "column", "radius"]).to_csv(path.with_suffix(".csv"))


def _series(rng, path):
    n_times, n_burn_in = 120, 12
    values = rng.normal(size=(n_times, 2, 3))
    grids = xr.Dataset({"tas": (("time", "lat", "lon"), values)}, {"time": np.arange(n_times)})
    grids.attrs["n_burn_in"] = n_burn_in
    grids.to_netcdf(path.with_suffix(".nc"), engine="scipy")
    np.save(path.with_suffix(".npy"), values.mean((1, 2)) * 3 + rng.normal(size=n_times) / 10)


_WRITERS = {"ramp": _clouds, "ramp_combined": _combined, "ramp_detection": _detection, "ramp_series": _series}
