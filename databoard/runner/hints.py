"""Inside the jail: say what to do instead, in one sentence, where the jail refused what works at home.

Called by ``fold_worker`` with an exception of the participant; what it returns is shown behind their own error.
Reads names only: of the exception, of the files of the submission and of the installed packages.
"""

import contextlib
import difflib
import errno
import importlib.metadata
import linecache
import os
import socket
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

NO_NETWORK = "There is no network here: put data into the kit or external_data."
NO_LOCKS = (
    "There are no file locks here, which SQLite on disk needs as well: use memory "
    '(sqlite3.connect(":memory:"), an Optuna study without storage).'
)
NO_SHARED_PAGES = (
    "Anonymous shared memory is refused here: use multiprocessing.shared_memory, or mmap.mmap with "
    "flags=mmap.MAP_PRIVATE."
)
NO_FACTS = "Facts about the whole machine are not shown here; the limits of this event stand on its page."
READ_ONLY = (
    "Only the working folder and /tmp can be written here; outside them Python and its libraries can be read."
)
NO_PROGRAM = "That program is not installed here."

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
#: What SQLite says when the kernel refuses a lock.
_SQLITE_TEXTS = ("disk I/O error", "locking protocol", "database is locked")
_MACHINE_FOLDERS = ("/proc", "/sys", "/dev")
#: Packages that students ask for; those of them that are there are listed.
_USUAL = (
    "numpy", "pandas", "scipy", "scikit-learn", "joblib", "statsmodels", "xarray", "polars", "numba", "lightgbm",
    "xgboost", "catboost", "torch", "tensorflow", "keras", "jax", "scikit-image", "opencv-python", "pillow",
    "imbalanced-learn", "category-encoders", "optuna", "networkx", "nltk", "matplotlib",
)  # fmt: skip
_MAX_CAUSES, _MAX_NAMES, _MAX_LAST_FRAMES = 20, 12, 3


def hint_for(error: BaseException, folder: Path) -> str:
    """Return what to do instead, empty when the jail had no part in the error.

    Parameters
    ----------
    error : BaseException
        With what caused it; libraries wrap what the kernel answered.
    folder : Path
        With the files of the submission.
    """
    for cause in _causes(error):
        with contextlib.suppress(Exception):  # of an exception class of the participant
            hint = _hint(cause, folder)
            if hint:
                return hint
    return ""


def _hint(error: BaseException, folder: Path) -> str:
    if isinstance(error, ModuleNotFoundError):
        return _packages(error.name or "")
    if _is_sqlite(error) and any(text in str(error) for text in _SQLITE_TEXTS):
        return NO_LOCKS
    if isinstance(error, socket.gaierror):
        return NO_NETWORK
    return _system_hint(error, folder) if isinstance(error, OSError) else ""


def _is_sqlite(error: BaseException) -> bool:
    """Return whether SQLite raised it; not every Python has been built with the module."""
    kinds = type(error).__mro__
    return any(kind.__module__ == "sqlite3" and kind.__name__ == "OperationalError" for kind in kinds)


def _system_hint(error: OSError, folder: Path) -> str:
    if error.errno in _UNREACHABLE:
        return NO_NETWORK
    if error.errno == errno.ENOSYS and "lock" in _last_lines(error):
        return NO_LOCKS
    if error.errno == errno.EPERM and error.filename is None and "mmap" in _last_lines(error):
        return NO_SHARED_PAGES
    if error.errno == errno.EROFS or (error.errno == errno.EACCES and error.filename):
        return READ_ONLY
    return _missing(error, folder) if isinstance(error, FileNotFoundError) and error.filename else ""


def _missing(error: FileNotFoundError, folder: Path) -> str:
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else ""
    if any(name == top or name.startswith(top + "/") for top in _MACHINE_FOLDERS):
        return NO_FACTS
    if any(frame.f_code.co_filename.endswith("/subprocess.py") for frame, _ in _frames(error)):
        return NO_PROGRAM
    files = _listed(path.name for path in folder.iterdir() if path.name != "__pycache__")
    written = _listed(path.name for path in Path.cwd().iterdir() if path != folder)
    return (
        f"The folder of your code holds {files or 'nothing'} (Path(__file__).parent), the working folder "
        f"{written or 'nothing'}; the kit's data come as X and y, not as files."
    )


def _packages(name: str) -> str:
    there = sorted(
        {(dist.metadata["Name"] or "").lower() for dist in importlib.metadata.distributions()} - {""}
    )
    top = name.partition(".")[0].lower()
    close = difflib.get_close_matches(top, there, n=3)
    usual = [package for package in _USUAL if package in there]
    near = f"Similar names are there: {', '.join(close)}. " if close else ""
    return f"{top} is not installed here. {near}There are: {', '.join(usual)}; the page of the problem lists all."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those behind it: causes, contexts, and those that libraries put into the arguments."""
    waiting: list[BaseException | None] = [error]
    seen: list[BaseException] = []
    while waiting and len(seen) < _MAX_CAUSES:
        cause = waiting.pop(0)
        if cause is None or any(cause is known for known in seen):
            continue
        seen.append(cause)
        yield cause
        inner = [
            value
            for value in (*cause.args, getattr(cause, "reason", None))
            if isinstance(value, BaseException)
        ]
        waiting += [*inner, cause.__cause__, cause.__context__]


def _frames(error: BaseException) -> list[tuple[FrameType, int]]:
    return list(traceback.walk_tb(error.__traceback__))


def _last_lines(error: BaseException) -> str:
    """Return the functions and source lines that the exception came through last."""
    last = [(frame.f_code, line) for frame, line in _frames(error)[-_MAX_LAST_FRAMES:]]
    return "".join(code.co_name + linecache.getline(code.co_filename, line) for code, line in last).lower()


def _listed(names: Iterable[str]) -> str:
    names = sorted(names)
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more
