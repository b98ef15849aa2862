"""Check the labels of classes: those that are missing, unused, or in another order than classifiers give them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from databoard.kits.checks.columns import y_rows
from databoard.kits.checks.findings import Report
from databoard.scoring.prediction_types import BasePrediction, is_multiclass
from databoard.scoring.prediction_types.forms import parts_of


def unknown_labels(predictions_class: type[BasePrediction], y: Any) -> list[object]:
    """Return the labels that ``label_names`` lacks; lists of labels count each."""
    if not is_multiclass(predictions_class) or not predictions_class.label_names:
        return []
    kind = type(predictions_class.label_names[0])
    known, unknown = set(predictions_class.label_names), []
    for label in dict.fromkeys(label for row in y_rows(y) for label in row):
        try:
            is_known = kind(label) in known
        except (TypeError, ValueError):
            is_known = False
        if not is_known:
            unknown.append(label)
    return unknown


def check_labels(report: Report, problem: ModuleType, y: Any) -> None:
    """Check that each label is used, and that the columns of ``predict_proba`` come in the order of the labels."""
    line = report.source.argument_line("label_names")
    if is_multiclass(problem.Predictions):
        used = {str(label) for row in y_rows(y) for label in row}
        unused = [label for label in problem.Predictions.label_names if str(label) not in used]
        if unused:
            report.warning(
                "label_unused",
                f"Expected each of label_names in y of get_train_data, got none of {few(unused)}.",
                "Remove it from label_names, or add rows: no model can learn it.",
                line=line,
            )
    for label_names, labels in _classes(problem.Predictions, y):
        _check_order(report, label_names, labels, line)


def _classes(predictions_class: type[BasePrediction], y: Any) -> Iterator[tuple[list[Any], list[Any]]]:
    """Yield the label names of each part that holds classes, with its column of y."""
    rows = y_rows(y)
    if not parts_of(predictions_class):
        if is_multiclass(predictions_class) and all(len(row) == 1 for row in rows):
            yield list(predictions_class.label_names), [row[0] for row in rows]
        return
    first = 0
    for part in parts_of(predictions_class):
        if is_multiclass(part) and all(len(row) > first for row in rows):
            yield list(part.label_names), [row[first] for row in rows]
        first += getattr(part, "n_columns_true", 0) or 1


def _check_order(report: Report, label_names: list[Any], labels: list[Any], line: int | None) -> None:
    """Compare with the order of scikit-learn's ``classes_``, that of the sorted labels of y."""
    try:
        kind = type(label_names[0])
        order = [kind(label) for label in sorted(set(labels))]
    except (TypeError, ValueError, IndexError):  # labels of several types, or lists: no order to compare
        return
    given = [label for label in label_names if label in set(order)]
    if set(order) == set(given) and order != given:
        report.warning(
            "labels_unsorted",
            f"Expected label_names in the order in which classifiers give their columns, {few(order)}; got "
            f"{few(given)}.",
            "Give label_names in that order, or make sure that the workflow puts the columns in the order of "
            "label_names: else each probability counts for another class.",
            line=line or report.source.line("Predictions"),
        )


def few(values: Iterable[object]) -> str:
    """Return some of many values, the most frequent spelling first."""
    texts = list(Counter(repr(value) for value in values))
    return ", ".join(texts[:12]) + (f" and {len(texts) - 12} more" if len(texts) > 12 else "")
