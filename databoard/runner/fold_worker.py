"""Inside the jail: train the submission on one fold, predict, send arrays as raw bytes.

Runs in the same process as untrusted code, so it holds nothing that the code may not have, and nothing it
says is believed outside (``fold_reader`` checks every byte). The frames, in this order::

    STARTED
    TRAINED
    VALIDATED <rows> [<columns>]\\n<little-endian float64 ...>
    TESTED <rows> [<columns>]\\n<little-endian float64 ...>

Instead of any but the first may come ``ERROR <length>\\n<json>``. The rows of the hidden test set arrive,
as a descriptor, only after VALIDATED was read. After its last frame a run waits to be ended: only so is it known
outside whether it left processes behind.
"""

import contextlib
import errno
import importlib
import json
import mmap
import os
import socket
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from databoard.errors import InterfaceError, SubmissionError
from databoard.kits import carrying, loading, row_files
from databoard.runner.hints import hint_for
from databoard.scoring.prediction_types import plain
from databoard.states import ErrorCode
from databoard.workflows import calling

if TYPE_CHECKING:
    from databoard.scoring.prediction_types import BasePrediction

#: Where a zygote keeps the kit; the inner wall makes it read-only.
_WARM_KIT = Path("/srv/kit")
#: An error with more of anything is refused outside as one that nobody here wrote (``error_frame``).
MAX_ERROR_BYTES, MAX_FRAMES = 60_000, 40
#: Characters: of a text, of the name of a class, of a file or a function.
MAX_TEXT, MAX_HINT, MAX_TYPE, MAX_NAME = 4000, 800, 100, 300
#: What an error can be, apart from its class.
NATURES = frozenset({"memory", "exit", "disk", "processes", "output", "import", "interface", "exception"})
_process_id = os.getpid()
#: What a kit brings: its workflow and its class of predictions; and X of the training set.
Context = tuple[tuple[Any, "type[BasePrediction]"], Any]
#: File, line and function.
Frame = list[Any]


def main(channel: socket.socket, inputs: tuple[int, ...]) -> None:
    """Run one fold in a process of its own; the inputs are those of :func:`warm` and of :func:`run`."""
    run(_warmed(inputs[:2], Path.cwd() / "kit"), channel, inputs[2:])


def warm(inputs: tuple[int, ...], preload: tuple[str, ...]) -> Context:
    """Do once what every fold of a kit needs: import the libraries, execute ``problem.py``, load X, rehearse a fit.

    Parameters
    ----------
    inputs : tuple of int
        Descriptors of the kit's files and of X of the training set.
    preload : tuple of str
        Modules; those that are missing are left out.
    """
    for name in preload:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    context = _warmed(inputs, _WARM_KIT if _WARM_KIT.is_dir() else Path.cwd() / "kit")
    with contextlib.suppress(Exception):  # a rehearsal that fails costs time later, nothing else
        _rehearse(context[1])
    return context


def run(context: Context, channel: socket.socket, inputs: tuple[int, ...]) -> None:
    """Run one fold with what :func:`warm` returned; the inputs are the submission and its labels with the rows."""
    global _process_id
    _process_id = os.getpid()
    np.random.seed()  # forks of one process would all draw the same numbers
    (workflow, predictions_class), X = context
    files, (y, *fold) = (_load(descriptor) for descriptor in inputs)
    submission = Path.cwd() / "job" / "submission"
    _write(submission, files)
    os.chdir(submission.parent)
    channel.sendall(b"STARTED\n")
    with _reported(channel, submission):
        model = calling.train(workflow, submission, X, y, fold[0])
        _send(channel, b"TRAINED\n")
        y_pred = calling.predict(workflow, model, X, tuple(fold))
        _send_predictions(channel, b"VALIDATED", y_pred, predictions_class)
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if descriptors:
            X_test = _laid_out(_load(descriptors[0]), Path.cwd() / "test_rows")
            _send_predictions(channel, b"TESTED", calling.predict(workflow, model, X_test), predictions_class)
            channel.recv(1)  # nothing comes: the run is ended from outside


def _warmed(inputs: tuple[int, ...], folder: Path) -> Context:
    kit_files, X = inputs
    _write(folder, _load(kit_files))
    problem = loading.execute(folder)  # before X, which may be of a class of the kit
    return (problem.workflow, problem.Predictions), _laid_out(_load(X), folder)


def _rehearse(X: Any) -> None:
    """Fit a small forest on ten rows: libraries import and look up much at the first fit of a process.

    The labels are made up. A forest starts no thread, which a zygote must not have.
    """
    from sklearn.ensemble import RandomForestClassifier

    rows = X.iloc[:10] if hasattr(X, "iloc") else np.asarray(X[:10])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a run warns of must not count as said
        forest = RandomForestClassifier(n_estimators=2, max_depth=2, random_state=0)
        forest.fit(rows, np.arange(len(rows)) % 2).predict_proba(rows)


def _laid_out(X: Any, folder: Path) -> Any:
    return X.laid_out(folder) if isinstance(X, row_files.RowFiles) else X


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _load(descriptor: int) -> Any:
    # Mapped, not read: no other holder of this descriptor can move the place we read from.
    with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as view:
        return carrying.loads(view)  # trusted bytes from outside


def _send_predictions(
    channel: socket.socket, name: bytes, y_pred: object, predictions_class: "type[BasePrediction]"
) -> None:
    if y_pred is None:  # numpy would make a NaN of it
        raise SubmissionError(
            "Expected predictions as an array of numbers, got None. Is a return missing?",
            code=ErrorCode.bad_output,
        )
    try:
        array = np.ascontiguousarray(np.asarray(plain(predictions_class, y_pred), dtype="<f8"))
    except (TypeError, ValueError):
        raise SubmissionError(
            f"Expected predictions as an array of numbers, got {type(y_pred).__name__} that is none.",
            code=ErrorCode.bad_output,
        ) from None
    _send(channel, b" ".join([name, *(str(n).encode() for n in array.shape)]) + b"\n", array.tobytes())


def _send(channel: socket.socket, *parts: bytes) -> None:
    if os.getpid() != _process_id:
        # A child that the submission forked and let fall through to here must not answer a second time.
        os._exit(1)
    _flush()  # what was printed before a frame is read before it
    for part in parts:
        channel.sendall(part)


def _flush() -> None:
    """Pass on what was printed; a submission may have closed, replaced or removed any stream."""
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        with contextlib.suppress(BaseException):
            getattr(sys, name).flush()


@contextlib.contextmanager
def _reported(channel: socket.socket, folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:  # the submission's code raises what it likes
        text = _encoded(_describe(error, folder))
        with contextlib.suppress(OSError):
            _send(channel, f"ERROR {len(text)}\n".encode(), text)
        sys.exit(1)


def _describe(error: BaseException, folder: Path) -> dict[str, Any]:
    """Return what an ``ErrorFrame`` holds of an exception."""
    cause = error.__cause__ if isinstance(error, SubmissionError) and error.__cause__ is not None else error
    frames = [_frame(f.filename, f.lineno, f.name, folder) for f in traceback.extract_tb(cause.__traceback__)]
    if isinstance(cause, SyntaxError) and isinstance(cause.filename, str):
        frames.append(_frame(cause.filename, cause.lineno, "<module>", folder))
        text = str(cause.msg)
    else:
        text = _text_of(cause)
    return {
        "type": type(cause).__name__[:MAX_TYPE],
        "text": text[:MAX_TEXT].replace(str(folder) + "/", ""),
        "frames": frames[-MAX_FRAMES:],
        "advice": _text_of(error)[:MAX_TEXT] if isinstance(error, SubmissionError) else "",
        "nature": _nature(cause, text) or _code_nature(error, frames),
        "hint": hint_for(cause, folder)[:MAX_HINT],
    }


def _frame(file_name: str, line: object, function: str, folder: Path) -> Frame:
    """Return a frame of a traceback; bytecode made by hand may have no line, or one that no file has."""
    number = line if isinstance(line, int) and 0 <= line < 1 << 31 else 0
    return [_relative(file_name, folder)[:MAX_NAME], int(number), function[:MAX_NAME]]


def _encoded(facts: dict[str, Any]) -> bytes:
    """Return an error as JSON that fits in a frame: its longest parts lose their half until it does."""
    while len(encoded := json.dumps(facts).encode()) > MAX_ERROR_BYTES:
        texts = {name: facts[name][: len(facts[name]) // 2] for name in ("text", "advice")}
        frames = facts["frames"]
        facts = facts | texts | {"frames": frames[len(frames) - len(frames) // 2 :]}
    return encoded


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as fault:  # of an exception class of the participant
        return f"(no text: its __str__ raised {type(fault).__name__})"


def _nature(error: BaseException, text: str) -> str | None:
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, SystemExit):
        return "exit"
    if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC):
        return "disk"
    # A fork or a thread beyond the kernel's limit, before the watchdog came round.
    if isinstance(error, BlockingIOError) or "can't start new thread" in text:
        return "processes"
    return None


def _code_nature(error: BaseException, frames: list[Frame]) -> str:
    code = getattr(error, "code", None) if isinstance(error, SubmissionError) else None
    if code == ErrorCode.bad_output:
        return "output"
    # Code at the top level of a submitted file runs when the file is imported, by any importer.
    is_import = any(name.startswith("submission/") and function == "<module>" for name, _, function in frames)
    if is_import or code == ErrorCode.import_error:
        return "import"
    return "interface" if isinstance(error, InterfaceError) else "exception"


def _relative(file_name: str, folder: Path) -> str:
    with contextlib.suppress(ValueError):
        return "submission/" + str(Path(file_name).relative_to(folder))
    return file_name
