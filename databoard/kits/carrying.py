"""Carry what a kit reads into the jail: written where the data are, read where they are used.

The bytes are pickles and go from the trusted side to the hostile one only. What lies in an open file, as xarray
leaves it, is read whole first. Classes of ``problem.py`` are found on both sides, which execute it under one name.
"""

import mmap
import os
import pickle
from typing import IO, Any

from databoard.errors import KitError


class _Pickler(pickle.Pickler):
    """Writes xarray's objects without the file that they came from, wherever they stand."""

    def reducer_override(self, value: Any) -> Any:
        is_xarray = type(value).__module__.partition(".")[0] == "xarray"
        if is_xarray and hasattr(value, "isel") and hasattr(value, "load"):
            # Only the copy has let go of the file; it shares the numbers.
            return value.load().copy(deep=False).__reduce_ex__(self.PROTOCOL)
        return NotImplemented

    PROTOCOL = pickle.HIGHEST_PROTOCOL


def dump(value: object, file: IO[bytes], what: str) -> None:
    """Write ``value`` to a binary file.

    Raises
    ------
    KitError
        If it cannot be carried; ``what`` names it, such as ``X of get_train_data``.
    """
    try:
        _Pickler(file, protocol=_Pickler.PROTOCOL).dump(value)
    except OSError:  # the disk, not the value
        raise
    except Exception as error:  # a pickling method of the kit raises what it likes
        raise KitError(
            f"Expected {what} to be data that can be carried into the jail, got {type(value).__name__}, for which "
            f"{type(error).__name__}: {error}. Return arrays, data frames, lists, xarray's objects, paths of the "
            "kit, or objects of them; no open files, generators, locks or functions made on the spot."
        ) from error


def check(value: Any, what: str) -> None:
    """Raise what :func:`dump` would; write nothing."""
    with open(os.devnull, "wb") as file:
        dump(value, file, what)


def loads(data: bytes | bytearray | memoryview | mmap.mmap) -> Any:
    """Return what :func:`dump` wrote, from bytes or a mapped file; trusted bytes only."""
    return pickle.loads(data)  # noqa: S301
