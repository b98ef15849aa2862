"""Check the folds of ``get_cv``: all of them, not only the first that is wrong."""

from types import ModuleType
from typing import TYPE_CHECKING, Any

from databoard.kits.checks.columns import y_rows
from databoard.kits.checks.data import KitData
from databoard.kits.checks.findings import Report
from databoard.kits.loading import line_of_error
from databoard.workflows.rows import n_rows

if TYPE_CHECKING:
    import numpy as np


def check_folds(report: Report, problem: ModuleType, data: KitData) -> None:
    """Check that folds are disjoint pairs of rows of the training set, and the same when asked again."""
    line = report.source.line("get_cv")
    pairs = _pairs(report, problem, data, line)
    if pairs is None:
        return
    if not pairs:
        report.error(
            "folds_missing",
            "Expected get_cv to return at least one fold, got none.",
            "Return pairs (train_is, test_is), as the split of a scikit-learn splitter does.",
            line=line,
        )
        return
    good = [
        _check_fold(report, number, pair, n_rows(data.y_train), line) for number, pair in enumerate(pairs)
    ]
    if not all(good):
        return
    again = _pairs(report, problem, data, line) or []
    if [_key(pair) for pair in pairs] != [_key(pair) for pair in again]:
        report.warning(
            "folds_unseeded",
            "Expected get_cv to give the same folds each time, got others at the second call. An event freezes them "
            "when it is added; added again, scores will differ.",
            "Give the splitter a seed: random_state=57.",
            line=line,
        )
    _check_classes(report, problem, data, pairs, line)


def _pairs(report: Report, problem: ModuleType, data: KitData, line: int | None) -> list[Any] | None:
    try:
        return list(problem.get_cv(data.X_train, data.y_train))
    except Exception as error:  # the kit raises what it likes
        report.error(
            "folds_raise",
            f"Expected get_cv(X, y) to return folds, got {type(error).__name__}: {error}.",
            "Fix that line.",
            line=line_of_error(report.path, error) or line,
        )
        return None


def _check_fold(report: Report, number: int, pair: Any, n_train_rows: int, line: int | None) -> bool:
    """Return whether nothing is wrong with one fold."""
    import numpy as np

    if not hasattr(pair, "__len__") or len(pair) != 2:
        report.error(
            "fold_not_a_pair",
            f"Expected fold {number} to be the pair (train_is, test_is), got {type(pair).__name__}.",
            "Return two lists of row numbers per fold.",
            line=line,
        )
        return False
    n_before = len(report.findings)
    parts = [np.asarray(rows) for rows in pair]
    for name, rows in zip(("training", "validation"), parts, strict=True):
        _check_rows(report, f"fold {number}", name, rows, n_train_rows, line)
    if len(report.findings) > n_before:
        return False
    n_shared = len(np.intersect1d(parts[0], parts[1]))
    if n_shared:
        report.error(
            "fold_overlap",
            f"Expected training and validation rows of fold {number} to be disjoint, got {n_shared} in both: models "
            "would be validated on rows that they learnt.",
            "Take the validation rows out of the training rows.",
            line=line,
        )
    for name, rows in zip(("training", "validation"), parts, strict=True):
        if len(np.unique(rows)) < len(rows):
            report.warning(
                "fold_repeats",
                f"Expected each row once among the {name} rows of fold {number}, got "
                f"{len(rows) - len(np.unique(rows))} again.",
                "Return each once, unless you weight rows on purpose.",
                line=line,
            )
    return not n_shared


def _check_rows(
    report: Report, fold: str, name: str, rows: "np.ndarray", n_train_rows: int, line: int | None
) -> None:
    if not rows.size:
        report.error(
            "fold_empty",
            f"Expected {fold} to have {name} rows, got none.",
            "Use fewer folds, or another test_size.",
            line=line,
        )
    elif rows.ndim != 1 or rows.dtype.kind not in "iu":
        report.error(
            "fold_not_rows",
            f"Expected the {name} rows of {fold} to be row numbers, got an array of {rows.dtype}.",
            "Return indices, not a mask: np.flatnonzero(mask).",
            line=line,
        )
    elif rows.min() < 0 or rows.max() >= n_train_rows:
        report.error(
            "fold_out_of_range",
            f"Expected the {name} rows of {fold} within 0..{n_train_rows - 1}, the training set; got "
            f"{rows.min()}..{rows.max()}.",
            "Split the rows of X and y as they are passed to get_cv, by position.",
            line=line,
        )


def _check_classes(
    report: Report, problem: ModuleType, data: KitData, pairs: list[Any], line: int | None
) -> None:
    if not hasattr(problem.Predictions, "y_pred_label_index"):
        return
    labels = [row[0] for row in y_rows(data.y_train) if len(row) == 1]
    if len(labels) < n_rows(data.y_train):
        return
    for number, (train_is, _) in enumerate(pairs):
        lacks = set(labels) - {labels[row] for row in train_is}
        if lacks:
            report.warning(
                "fold_lacks_class",
                f"Expected every class among the training rows of fold {number}, got none of "
                f"{', '.join(map(repr, sorted(lacks, key=str)))}: predict_proba will lack a column.",
                "Use StratifiedShuffleSplit or StratifiedKFold.",
                line=line,
            )


def _key(pair: Any) -> list[list[int]]:
    return [list(map(int, rows)) for rows in pair]
