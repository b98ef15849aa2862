"""Data of a kit on their way into the jail: carried whole, or refused with the reason."""

import io
import threading
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from databoard import kits
from databoard.errors import KitError
from databoard.kits import carrying

GRIDS = xr.Dataset({"tas": (("time", "x"), np.arange(6.0).reshape(3, 2))}, {"time": [1, 2, 3]})
Pair = namedtuple("Pair", "grids names")


def carried(value):
    file = io.BytesIO()
    carrying.dump(value, file, "X of get_train_data")
    return carrying.loads(file.getvalue())


@pytest.fixture(params=["scipy", "file object"])
def lazy(request, tmp_path):
    """Yield a data set that lies in a file, which is gone when the test looks at it."""
    GRIDS.to_netcdf(tmp_path / "grids.nc", engine="scipy")
    with open(tmp_path / "grids.nc", "rb") as file:
        source = tmp_path / "grids.nc" if request.param == "scipy" else file
        with xr.open_dataset(source, engine="scipy") as data_set:
            yield data_set


@pytest.mark.parametrize(
    "wrap",
    [
        lambda grids: grids,
        lambda grids: [grids, grids],
        lambda grids: {"a": {"b": (grids, 1)}},
        lambda grids: Pair(grids, ["a"]),
    ],
)
def test_what_xarray_left_in_a_file_is_carried_wherever_it_stands(lazy, wrap, tmp_path):
    content = carried(wrap(lazy))
    (tmp_path / "grids.nc").unlink()
    found = content if isinstance(content, xr.Dataset) else next(_data_sets(content))
    assert found.equals(GRIDS)


def _data_sets(value):
    if isinstance(value, xr.Dataset):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _data_sets(one)


def test_an_array_that_stays_in_its_file_is_carried(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(5))
    content = carried(np.load(tmp_path / "x.npy", mmap_mode="r"))
    (tmp_path / "x.npy").unlink()
    assert content.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "value",
    [
        threading.Lock(),
        (number for number in range(3)),
        pd.DataFrame({"f": [lambda: 1]}),
        [{"stream": io.TextIOWrapper(io.BytesIO())}],
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_carried_is_refused_with_the_reason(value):
    with pytest.raises(KitError, match=r"Expected X of get_train_data .* for which \w+: .*Return arrays"):
        carrying.check(value, "X of get_train_data")


OWN = """
class Table:
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

"""


def test_objects_of_classes_of_problem_py_are_carried(small, spoil):
    spoil("def get_cv", OWN + "def get_cv")
    kit = kits.load(small)
    file = io.BytesIO()
    carrying.dump(kit.problem.Table([1, 2]), file, "X")
    again = kits.load(small)  # as the jail executes it
    content = carrying.loads(file.getvalue())
    assert type(content) is again.problem.Table and content.rows == [1, 2]


def test_data_that_cannot_be_carried_are_refused_before_a_problem_is_added(small, spoil):
    spoil("def get_cv", "import threading\n\ndef get_cv")
    source = (small / "problem.py").read_text()
    (small / "problem.py").write_text(
        source + "\ndef get_train_data(path='.'):\n    return threading.Lock(), [1]\n"
    )
    with pytest.raises(KitError, match=r"X of get_train_data .*cannot pickle"):
        kits.prepare_and_describe(small)
