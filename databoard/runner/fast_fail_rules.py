"""Decide whether a failure on a tiny sample means that the submission fails on all rows too.

Read from what the jail sent, which is not believed: a submission that lies here refuses itself, or waits for its
training to say the same.
"""

from enum import Enum

from databoard.jail import JailReport, Verdict
from databoard.runner.error_frame import ErrorFrame
from databoard.runner.failure_messages import frames_of
from databoard.runner.fold_reader import FoldReader

_OURS = ("databoard/workflows/", "databoard/kits/")


class Suspicion(str, Enum):
    """What a failed sample is worth; every step up needs less of the rows to explain it."""

    none = "none"  # rows may explain it: full training will tell
    doubtful = "doubtful"  # refused if the first fold in full fails, too, and is quick to do so
    likely = "likely"  # refused unless the first fold in full is quick to prove otherwise
    sure = "sure"  # no row had been seen


_LIKELY = {"NameError"}
#: A name that only some branch sets, a search among few rows that found None: rows may explain these.
_DOUBTFUL = {"AttributeError", "UnboundLocalError", "TypeError"}


def suspicion_of(reader: FoldReader, report: JailReport, files: dict[str, bytes]) -> Suspicion:
    """Return what a fold of ``files`` that ended with ``report`` tells about the submission."""
    if report.verdict == Verdict.ok or reader.step not in ("training", "validating"):
        return Suspicion.none
    if reader.error is not None:
        return _of_error(reader.error, files)
    if report.verdict == Verdict.bad_output:
        return Suspicion.likely if reader.is_shape_impossible else Suspicion.doubtful
    return Suspicion.doubtful if report.verdict == Verdict.crashed else Suspicion.none


def _of_error(error: ErrorFrame, files: dict[str, bytes]) -> Suspicion:
    nature, name = error.nature, error.type
    frames = frames_of(error, files)
    is_at_import = any(file in files and function == "<module>" for file, _, function in frames)
    if nature == "import" or (nature == "exit" and is_at_import):
        return Suspicion.sure
    if name in ("ImportError", "ModuleNotFoundError"):
        return Suspicion.sure
    if nature == "interface" or name in _LIKELY:
        return Suspicion.likely
    if name == "TypeError" and frames and frames[-1][0].startswith(_OURS):
        return Suspicion.likely  # our call does not fit their signature
    return Suspicion.doubtful if nature == "output" or name in _DOUBTFUL else Suspicion.none
