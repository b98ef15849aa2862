"""Load a file of a submission, and return what the workflow needs from it.

Called by the workflows only. What goes wrong here is the participant's to fix, so every error is a
:class:`~databoard.errors.SubmissionError` that names the file and what was expected in it.
"""

import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from databoard.errors import InterfaceError, SubmissionError
from databoard.states import ErrorCode
from databoard.workflows import modules


def load_name(
    module_path: str | Path, file_name: str, name: str, *, purpose: str, other_name: str | None = None
) -> Any:
    """Execute a file of a submission and return one object that it defines.

    Parameters
    ----------
    module_path : str or Path
        Folder with the submission's files.
    file_name : str
        For example ``classifier.py``.
    name : str
        The class or function that the workflow needs, for example ``Classifier``.
    purpose : str
        What it must offer, for the error message: ``class with fit(X, y) and predict_proba(X)``.
    other_name : str, optional
        What it may be called as well.

    Returns
    -------
    object

    Raises
    ------
    SubmissionError
        Code ``import_error``: the file or the name is missing, or executing the file raised.
    """
    path = Path(module_path).absolute() / file_name
    if not path.is_file():
        raise InterfaceError(
            f"Expected a file {file_name} that defines {name}, a {purpose}; the submission has no such file.",
            code=ErrorCode.import_error,
        )
    module = _execute(path)
    if other_name is not None and hasattr(module, other_name):
        return getattr(module, other_name)
    if not hasattr(module, name):
        raise InterfaceError(
            f"Expected {file_name} to define {name}, a {purpose}; it defines {_public_names(module)}.",
            code=ErrorCode.import_error,
        )
    return getattr(module, name)


def method_of(model: Any, name: str, *, file_name: str, step: str = "validating") -> Callable[..., Any]:
    """Return the bound method ``name`` of a participant's object, or say that it is missing."""
    method = getattr(model, name, None)
    if method is None:
        raise InterfaceError(
            f"Expected the {type(model).__name__} of {file_name} to have a method {name}; it has none. "
            f"Add {name}, or choose a model that offers it.",
            step=step,
            code=f"{step}_error",
        )
    return method


def check_is_there(module_path: str | Path, file_name: str) -> None:
    """Check that a submission has a file which the server itself never reads.

    Raises
    ------
    SubmissionError
        Code ``import_error``: there is no such file.
    """
    if not (Path(module_path) / file_name).is_file():
        raise InterfaceError(
            f"Expected a file {file_name} beside the code; the submission has no such file. Upload one, even "
            "if it holds only a header.",
            code=ErrorCode.import_error,
        )


def _execute(path: Path) -> ModuleType:
    try:
        return modules.load(path)
    except Exception as error:  # a submission's module raises what it likes
        raise SubmissionError(
            f"Importing {path.name} failed{_line(error, path)}: {type(error).__name__}: {error}",
            code=ErrorCode.import_error,
            trace=_participant_trace(error, path.parent),
        ) from error


def _line(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f" at line {error.lineno}" if error.lineno else ""
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return f" at line {lines[-1]}" if lines else ""


def _participant_trace(error: BaseException, folder: Path) -> str:
    """Return the traceback with only the submission's own frames, file names relative to its folder."""
    kept = [
        f'  File "{Path(frame.filename).name}", line {frame.lineno}, in {frame.name}\n    {frame.line}\n'
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent == folder
    ]
    last = "".join(traceback.format_exception_only(error)).replace(f"{folder}/", "")
    return "Traceback (most recent call last):\n" + "".join(kept) + last


def _public_names(module: ModuleType) -> str:
    names = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    return ", ".join(names) or "nothing of its own"
