"""The data of a kit: prepare, read, split."""

from pathlib import Path

from databoard.errors import KitError

from .kit import Fold, Kit
from .loading import execute, kit_error


def data_folder(path=".") -> Path:
    """Return the folder that holds ``train.csv`` and ``test.csv`` of a kit.

    On the server it is ``data/private``; in a starting kit that a participant unpacked, ``data/public``;
    in a kit written for RAMP, ``data``.
    """
    data = Path(path) / "data"
    for folder in (data / "private", data / "public"):
        if folder.is_dir():
            return folder
    return data


def prepare(path, *, force=False) -> None:
    """Call ``prepare_data()`` of ``problem.py``, when it has one and the data are missing.

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
    if has_data(path) and not force:
        return
    problem = execute(path)
    if hasattr(problem, "prepare_data"):
        with_kit_errors(path, problem.prepare_data)


def has_data(path) -> bool:
    """Tell whether ``data/`` holds a file outside ``data/raw``."""
    data = Path(path) / "data"
    return any(p.is_file() and p.relative_to(data).parts[0] != "raw" for p in data.rglob("*"))


def train_data(kit: Kit):
    """Return ``(X, y)`` of all training rows, with every label."""
    return with_kit_errors(kit.path, kit.problem.get_train_data, path=str(kit.path))


def test_data(kit: Kit):
    """Return ``(X, y)`` of the hidden test rows; ``y`` may be ``None``."""
    return with_kit_errors(kit.path, kit.problem.get_test_data, path=str(kit.path))


def folds(kit: Kit) -> tuple[Fold, ...]:
    """Call ``get_cv`` once and return its folds, checked.

    Raises
    ------
    KitError
        If there is no fold, or one is empty, overlaps itself or leaves the training set.
    """
    import numpy as np

    X, y = train_data(kit)
    pairs = with_kit_errors(kit.path, lambda: list(kit.problem.get_cv(X, y)))
    if not pairs:
        raise KitError(
            f"{kit.name}/problem.py: get_cv gave no fold. Return at least one (train_is, test_is)."
        )
    result = []
    for number, (train_is, test_is) in enumerate(pairs):
        fold = Fold(number, np.asarray(train_is, dtype=np.int64), np.asarray(test_is, dtype=np.int64))
        _check_fold(kit, fold, n_samples=len(y))
        result.append(fold)
    return tuple(result)


def with_kit_errors(path, function, /, **arguments):
    """Call a function of ``problem.py``; what it raises becomes a :class:`KitError` with file and line."""
    try:
        return function(**arguments)
    except KitError:
        raise
    except Exception as error:
        raise kit_error(path, error) from error


def _check_fold(kit, fold, n_samples):
    import numpy as np

    where = f"{kit.name}/problem.py: fold {fold.number} of get_cv"
    for name, rows in (("training", fold.train_is), ("validation", fold.test_is)):
        if not len(rows):
            raise KitError(f"{where} has no {name} rows. Give every fold both.")
        if rows.min() < 0 or rows.max() >= n_samples:
            raise KitError(
                f"{where} has {name} rows outside 0..{n_samples - 1}. Split the training set only."
            )
    n_shared = len(np.intersect1d(fold.train_is, fold.test_is))
    if n_shared:
        raise KitError(f"{where} trains on {n_shared} of its validation rows. Make the two disjoint.")
