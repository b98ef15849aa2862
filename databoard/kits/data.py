"""The data of a kit: prepare, read, split."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from databoard.errors import KitError
from databoard.kits import carrying, missing_data
from databoard.kits.kit import Fold, Kit
from databoard.kits.loading import execute, kit_error

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")
_UNFINISHED = ".preparing"  # there while prepare_data runs, and after it raised


def data_folder(path: str | Path = ".") -> Path:
    """Return the folder that holds ``train.csv`` and ``test.csv`` of a kit.

    On the server it is ``data/private``; in a starting kit that a participant unpacked, ``data/public``;
    in a kit written for RAMP, ``data``.
    """
    data = Path(path) / "data"
    for folder in (data / "private", data / "public"):
        if folder.is_dir():
            return folder
    return data


def prepare(path: str | Path, *, force: bool = False) -> None:
    """Call ``prepare_data()`` of ``problem.py``, when it has one and the data are missing.

    ``data/`` is then closed to everybody but this user.

    Parameters
    ----------
    path : str or Path
        The kit.
    force : bool
        Prepare again although data are there.

    Raises
    ------
    KitError
        If ``problem.py`` or its ``prepare_data`` raises.
    """
    path = Path(path).resolve()
    if force or not has_data(path):
        _prepare(path)
    # If somebody else owns it, the owner has decided.
    if (path / "data").is_dir() and (path / "data").stat().st_uid == os.geteuid():
        (path / "data").chmod(0o700)


def _prepare(path: Path) -> None:
    problem = execute(path)
    if hasattr(problem, "prepare_data"):
        unfinished = path / "data" / _UNFINISHED
        unfinished.parent.mkdir(exist_ok=True)
        unfinished.touch()
        with_kit_errors(path, problem.prepare_data)
        unfinished.unlink(missing_ok=True)


def has_data(path: str | Path) -> bool:
    """Tell whether ``data/`` holds a file outside ``data/raw``, and no preparation broke off."""
    data = Path(path) / "data"
    if (data / _UNFINISHED).exists():
        return False
    return any(p.is_file() and p.relative_to(data).parts[0] != "raw" for p in data.rglob("*"))


def train_data(kit: Kit) -> tuple[Any, Any]:
    """Return ``(X, y)`` of all training rows, with every label."""
    pair: tuple[Any, Any] = _read(kit, kit.executed().get_train_data)
    return pair


def test_data(kit: Kit) -> tuple[Any, Any]:
    """Return ``(X, y)`` of the hidden test rows; ``y`` may be ``None``."""
    pair: tuple[Any, Any] = _read(kit, kit.executed().get_test_data)
    return pair


def folds(kit: Kit) -> tuple[Fold, ...]:
    """Call ``get_cv`` once and return its folds, checked.

    Raises
    ------
    KitError
        If there is no fold, or one is empty, shares rows between its parts, or leaves the training set.
    """

    X, y = train_data(kit)
    pairs = with_kit_errors(kit.path, lambda: list(kit.executed().get_cv(X, y)))
    if not pairs:
        raise KitError(
            f"{kit.name}/problem.py: get_cv gave no fold. Return at least one (train_is, test_is)."
        )
    return tuple(_fold(kit, number, pair, n_samples=len(y)) for number, pair in enumerate(pairs))


def check_carried(kit: Kit) -> None:
    """Read the data and raise :class:`KitError` when they are not there or cannot be carried into the jail."""
    (X, y), (X_test, _) = train_data(kit), test_data(kit)
    for value, what in (
        (X, "X of get_train_data"),
        (y, "y of get_train_data"),
        (X_test, "X of get_test_data"),
    ):
        carrying.check(value, what)


def with_kit_errors(path: str | Path, function: Callable[..., T], /, **arguments: Any) -> T:
    """Call a function of ``problem.py``; what it raises becomes a :class:`KitError` with file and line."""
    try:
        return function(**arguments)
    except KitError:
        raise
    except Exception as error:  # the kit raises what it likes
        raise kit_error(path, error) from error


def _read(kit: Kit, function: Callable[..., T]) -> T:
    try:
        return function(path=str(kit.path))
    except KitError:
        raise
    except Exception as error:  # the kit raises what it likes
        raise kit_error(kit.path, error, missing_data.advice(kit.path, error)) from error


def _fold(kit: Kit, number: int, pair: Any, n_samples: int) -> Fold:
    import numpy as np

    where = f"{kit.name}/problem.py: fold {number} of get_cv"
    if len(pair) != 2:
        raise KitError(f"{where} has {len(pair)} parts. Return a pair (train_is, test_is).")
    train_is, test_is = (
        _rows(rows, f"{where} has", name, n_samples)
        for rows, name in zip(pair, ("training", "validation"), strict=True)
    )
    n_shared = len(np.intersect1d(train_is, test_is))
    if n_shared:
        raise KitError(f"{where} trains on {n_shared} of its validation rows. Make the two disjoint.")
    return Fold(number, train_is, test_is)


def _rows(rows: Any, where: str, name: str, n_samples: int) -> "np.ndarray":
    import numpy as np

    rows = np.asarray(rows)
    if not rows.size:
        raise KitError(f"{where} no {name} rows. Give every fold both.")
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise KitError(f"{where} {name} rows that are no list of whole numbers. Give indices, not a mask.")
    if rows.min() < 0 or rows.max() >= n_samples:
        raise KitError(f"{where} {name} rows outside 0..{n_samples - 1}. Split the training set only.")
    indices: np.ndarray = rows.astype(np.int64)
    return indices
