"""Check what a kit reads: lengths, shapes, labels, and truth that slipped into X."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from databoard.errors import KitError
from databoard.kits import carrying, missing_data
from databoard.kits.checks.columns import columns_that_tell, y_rows
from databoard.kits.checks.findings import Report
from databoard.kits.checks.labels import check_labels, few, unknown_labels
from databoard.kits.data import data_folder, has_data
from databoard.kits.loading import line_of_error
from databoard.scoring.prediction_types import label_names_of
from databoard.workflows.rows import n_rows


@dataclass(frozen=True)
class KitData:
    """What the two functions returned; ``X_test`` and ``y_test`` may be ``None``."""

    X_train: Any
    y_train: Any
    X_test: Any
    y_test: Any


def check_preparation(report: Report, problem: ModuleType) -> bool:
    """Run ``prepare_data()``, if there is one, and return whether it wrote anything."""
    if not hasattr(problem, "prepare_data"):
        return True
    line = report.source.line("prepare_data")
    try:
        if not has_data(report.path):
            problem.prepare_data()
    except Exception as error:  # the kit raises what it likes
        report.error(
            "prepare_raises",
            f"Expected prepare_data to write data/private and data/public, got {type(error).__name__}: {error}.",
            "Fix that line; paths start at Path(__file__).parent.",
            line=line_of_error(report.path, error) or line,
        )
        return False
    if not has_data(report.path):
        report.error(
            "prepare_writes_nothing",
            "Expected prepare_data to write files into data/private and data/public of the kit, got none.",
            "Write them below Path(__file__).parent / 'data'.",
            line=line,
        )
        return False
    return True


def read(report: Report, problem: ModuleType) -> "KitData | None":
    """Read both parts; ``None`` when the training part cannot be used."""
    train = _pair(report, problem, "get_train_data")
    test = _pair(report, problem, "get_test_data")
    if train is None:
        return None
    if train[1] is None:
        report.error(
            "data_shape",
            "Expected get_train_data to return labels, got y = None.",
            "Return (X, y); only get_test_data may return None for y.",
            line=report.source.line("get_train_data"),
        )
        return None
    return KitData(*train, *(test or (None, None)))


def check_data(report: Report, problem: ModuleType, data: KitData) -> None:
    """Check lengths, shapes, missing and unknown labels, and columns of X that tell y."""
    parts = {"get_train_data": (data.X_train, data.y_train), "get_test_data": (data.X_test, data.y_test)}
    for function, (X, y) in parts.items():
        if y is not None:
            _check_lengths(report, problem, function, X, y)
            _check_index(report, function, y)
            if not _check_missing(report, function, y):
                _check_truth(report, problem, function, y)
        _check_carried(report, function, X, y)
    _check_columns(report, data)
    check_labels(report, problem, data.y_train)
    for function, (X, y) in reversed(parts.items()):
        told = [] if y is None else columns_that_tell(X, _to_predict(problem, y))
        if told:
            report.error(
                "label_in_x",
                f"Expected X without the truth; in X of {function}, {', '.join(told)} determines y of every row.",
                "Drop it from X before you return it.",
                line=report.source.line(function),
            )
            break


def _pair(report: Report, problem: ModuleType, function: str) -> tuple[Any, Any] | None:
    line = report.source.line(function)
    try:
        pair = getattr(problem, function)(path=str(report.path))
    except Exception as error:  # the kit raises what it likes
        there = sorted(p.name for p in data_folder(report.path).glob("*"))
        report.error(
            "data_not_downloaded" if missing_data.is_missing_download(report.path, error) else "data_raises",
            f"Expected {function}(path) to return (X, y), got {type(error).__name__}: {error}. "
            f"{data_folder(report.path).relative_to(report.path)} holds {', '.join(there) or 'nothing'}.",
            missing_data.advice(report.path, error),
            line=line_of_error(report.path, error) or line,
        )
        return None
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        report.error(
            "data_shape",
            f"Expected {function} to return the pair (X, y), got {type(pair).__name__}.",
            "Return X, y.",
            line=line,
        )
        return None
    X, y = pair
    return X, y


def _to_predict(problem: ModuleType, y: Any) -> Any:
    """Return y without the number of the event, which X has, too, when events are clustered."""
    first = [str(name) for name in getattr(problem.Predictions, "label_names", ())][:1]
    return [row[1:] for row in y_rows(y)] if first and first[0].startswith("event") else y


def _check_carried(report: Report, function: str, X: Any, y: Any) -> None:
    try:
        carrying.check(X, f"X of {function}")
        if function == "get_train_data":  # labels of the hidden rows stay where they are
            carrying.check(y, f"y of {function}")
    except KitError as error:
        what, _, advice = str(error).partition(" Return ")
        report.error("not_carried", what, f"Return {advice}", line=report.source.line(function))


def _check_lengths(report: Report, problem: ModuleType, function: str, X: Any, y: Any) -> None:
    n_more = n_rows(X) - n_rows(y)
    n_burn_in = burn_in(problem.workflow)
    if n_more and n_more != n_burn_in and not (n_burn_in is None and n_more > 0):
        due = f"{n_rows(y)} rows of y" + (f" and {n_burn_in} of burn-in" if n_burn_in else "")
        report.error(
            "data_lengths",
            f"Expected X of {function} to have a row for each of {due}, got {n_rows(X)} rows.",
            "Return X and y of the same rows, in the same order.",
            line=report.source.line(function),
        )


def _check_index(report: Report, function: str, y: Any) -> None:
    if hasattr(y, "iloc") and list(y.index) != list(range(len(y))):
        report.error(
            "y_index",
            f"Expected y of {function} to be an array, got a pandas {type(y).__name__} whose index is not 0, 1, ...: "
            "rows would be taken by label, not by place.",
            "Return y.to_numpy().",
            line=report.source.line(function),
        )


def _check_missing(report: Report, function: str, y: Any) -> int:
    n_missing = sum(_is_missing(value) for row in y_rows(y) for value in row)
    if n_missing:
        report.error(
            "y_missing",
            f"Expected a truth for every row, got {n_missing} missing (NaN or None) in y of {function}.",
            "Drop these rows from X and y, or fill them in.",
            line=report.source.line(function),
        )
    return n_missing


def _is_missing(value: Any) -> bool:
    return value is None or str(value != value) in ("True", "<NA>")  # unequal to themselves: NaN and NaT; NA


def _check_truth(report: Report, problem: ModuleType, function: str, y: Any) -> None:
    label_names = list(label_names_of(problem.Predictions))
    unknown = unknown_labels(problem.Predictions, y)
    line = report.source.argument_line("label_names") or report.source.line("Predictions")
    if unknown:
        report.error(
            "label_unknown",
            f"Expected the labels of {function} to be among {few(label_names)}, got {few(unknown)}.",
            "Complete label_names, or correct the labels in the data.",
            line=line,
        )
        return
    try:
        problem.Predictions(y_true=y)
        problem.Predictions(y_true=y, fold_is=[0])  # as every fold does; a list has no rows to take
    except Exception as error:  # the kit raises what it likes
        report.error(
            "truth_wrong",
            f"Expected y of {function} to be an array that Predictions takes for truth, got {error}",
            "Make y and Predictions agree: (n,) labels for make_multiclass, (n,) numbers for make_regression(), "
            "one column per part for make_combined, an array of lists for make_detection.",
            line=report.source.line(function),
        )


def _check_columns(report: Report, data: KitData) -> None:
    if data.X_test is None:
        return
    train, test = (
        [str(name) for name in X.columns] if hasattr(X, "columns") else list(getattr(X, "shape", ()))[1:]
        for X in (data.X_train, data.X_test)
    )
    if train != test:
        report.error(
            "x_columns",
            f"Expected X of get_test_data to have the columns of get_train_data, {few(train)}; got {few(test)}.",
            "Drop or add the columns in which they differ.",
            line=report.source.line("get_test_data"),
        )


def burn_in(workflow: Any) -> "int | None":
    """Return by how many rows X is longer than y: 0 as a rule, ``None`` when a workflow is not ours to know."""
    for owner in (workflow, *vars(workflow).values()):
        if hasattr(owner, "n_burn_in"):
            n_more: int | None = owner.n_burn_in  # None where X says it
            return n_more
    return 0 if type(workflow).__module__.startswith("databoard.") else None
