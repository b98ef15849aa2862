"""Rows of X and y, whatever holds them: data frame, series, array, sparse matrix, list, or xarray's two.

An xarray ``Dataset`` or ``DataArray`` is known by its ``isel``, so that nobody needs xarray who does not use it.
Its rows go along the dimension of time.
"""

from typing import Any


def take_rows(values: Any, row_is: Any) -> Any:
    """Return the rows ``row_is``, positions or a slice; everything when ``None``."""
    if row_is is None:
        return values
    if hasattr(values, "isel"):
        return values.isel({time_dimension(values): row_is})
    if hasattr(values, "iloc"):
        return values.iloc[row_is]
    if hasattr(values, "shape") or isinstance(row_is, slice):
        return values[row_is]
    return [values[i] for i in row_is]


def n_rows(values: Any) -> int:
    """Return the number of rows."""
    if hasattr(values, "isel"):
        return values.sizes[time_dimension(values)]
    return values.shape[0] if hasattr(values, "shape") else len(values)


def time_dimension(values: Any) -> str:
    """Return the name of the first dimension of an xarray object that has ``time`` in it, else the very first."""
    names = [str(name) for name in values.dims]
    return next((name for name in names if "time" in name), names[0])


def deep_copy(values: Any) -> Any:
    """Return a copy that shares no numbers with ``values``; xarray's own is shallow."""
    return values.copy(deep=True) if hasattr(values, "isel") else values.copy()
