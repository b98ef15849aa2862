"""Bring rows of X that are files of the kit into the jail, such as images too large to be arrays.

The jail sees no folder of a kit. Where X is a sequence of paths, or RAMP's pair of a folder and names in it, the
scorer packs the files with it (:func:`with_files`), and the jail lays them out and gets X with paths that are there.
Files that X does not name stay outside: those of the hidden test rows come in only when these rows do.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from databoard.errors import KitError

#: They are in memory twice, in the scorer's pack and in the jail.
MAX_BYTES = 200 << 20


@dataclass(frozen=True, eq=False)
class RowFiles:
    """X that names files, and the files.

    Attributes
    ----------
    X : sequence of str
        Paths below ``folder``, in the type that the kit gave them.
    folder : str
        In the kit.
    is_pair : bool
        Whether the workflow gets (folder, X), as RAMP's image workflows do, or paths.
    files : dict of str to bytes
        By path in the kit.
    """

    X: object
    folder: str
    is_pair: bool
    files: dict[str, bytes] = field(repr=False)

    def laid_out(self, root: Path) -> Any:
        """Write the files below ``root`` and return X as the workflow expects it."""
        for name, content in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        folder = os.path.join(root, self.folder)
        return (folder, self.X) if self.is_pair else _mapped(self.X, lambda name: os.path.join(folder, name))


def with_files(X: Any, kit_path: Path) -> Any:
    """Return ``X``, packed with its files if it names files of the kit.

    Raises
    ------
    KitError
        If it names a file that is not there, or too many bytes.
    """
    kit_path = Path(kit_path).resolve()
    is_pair = isinstance(X, tuple) and len(X) == 2 and _is_within(X[0], kit_path, Path.is_dir)
    if not is_pair and not _names_files(X, kit_path):
        return X
    folder = kit_path / X[0] if is_pair else kit_path
    names = X[1] if is_pair else _mapped(X, lambda path: os.path.relpath(kit_path / path, kit_path))
    files = {os.path.relpath(folder / str(name), kit_path): folder / str(name) for name in names}
    n_bytes = 0
    for name, path in files.items():
        if not path.is_file() or not path.resolve().is_relative_to(kit_path):
            raise KitError(
                f"X names {name}, which is no file of the kit. Fix get_train_data or get_test_data."
            )
        n_bytes += path.stat().st_size
    if n_bytes > MAX_BYTES:
        raise KitError(
            f"X names files of {n_bytes >> 20} MiB; at most {MAX_BYTES >> 20} MiB go into the jail. Make them "
            "smaller in prepare_data, or fewer."
        )
    content = {name: path.read_bytes() for name, path in files.items()}
    return RowFiles(names, os.path.relpath(folder, kit_path), is_pair, content)


def _names_files(X: Any, kit_path: Path) -> bool:
    """Return whether ``X`` is a sequence of paths in the kit, judged by its first row."""
    if isinstance(X, np.ndarray) and X.dtype.kind not in "OU":
        return False
    if hasattr(X, "columns") or not hasattr(X, "__len__") or len(X) == 0 or isinstance(X, (str, bytes, dict)):
        return False
    return _is_within(next(iter(X)), kit_path, Path.is_file)


def _is_within(path: object, kit_path: Path, is_kind: Callable[[Path], bool]) -> bool:
    if not isinstance(path, (str, os.PathLike)) or not str(path) or len(str(path)) > 1000:
        return False
    try:
        whole = (kit_path / path).resolve()
        return whole.is_relative_to(kit_path) and is_kind(whole)
    except (OSError, ValueError):  # a text that is no path
        return False


def _mapped(X: Any, change: Callable[[Any], str]) -> Any:
    if hasattr(X, "map"):
        return X.map(change)
    changed = [change(path) for path in X]
    return np.array(changed) if isinstance(X, np.ndarray) else changed
