"""What a ``Predictions`` class holds, read from its attributes: ours, RAMP's and a kit's own are treated alike."""

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from databoard.errors import KitError, SubmissionError
from databoard.scoring.contract import Predictions
from databoard.states import ErrorCode

#: Most objects in one row, most numbers in one object, most numbers in all rows.
MAX_OBJECTS, MAX_FIELDS, MAX_NUMBERS = 10_000, 64, 1 << 25


@dataclass(frozen=True)
class Form:
    """The form of predictions.

    Attributes
    ----------
    row_shape : tuple of int
        Of one row of ``y_pred``: ``()``, or ``(n_columns,)``.
    is_lists : bool
        Whether a row is a list of objects, any number of them, each a tuple of numbers (RAMP's detection).
    probability_columns : tuple of int
        Columns that hold probabilities, which are never negative.
    """

    row_shape: "tuple[int, ...]"
    is_lists: bool
    probability_columns: "tuple[int, ...]"


@functools.lru_cache(maxsize=64)
def form_of(predictions_class: type[Any]) -> Form:
    """Return the form of a ``Predictions`` class; a blank object of it shows its shape.

    Raises
    ------
    KitError
        If no blank can be made, or it has more than two dimensions.
    """
    try:
        blank = np.asarray(predictions_class(n_samples=1).y_pred)
    except Exception as error:  # a class of the kit raises what it likes
        raise KitError(
            f"Expected Predictions(n_samples=1) to make a blank, got {type(error).__name__}: {error}. Use a class "
            "that prediction_types.make_... returns, or one with the same arguments."
        ) from error
    if blank.ndim not in (1, 2) or len(blank) != 1:
        raise KitError(
            f"Expected y_pred of Predictions(n_samples=1) to be of shape (1,) or (1, columns), got {blank.shape}."
        )
    is_lists = blank.ndim == 1 and blank.dtype.kind == "O"
    return Form(blank.shape[1:], is_lists, _probability_columns(predictions_class))


def label_names_of(predictions_class: type[Any]) -> tuple[Any, ...]:
    """Return the names of classes and targets, those of the parts one after the other."""
    names = getattr(predictions_class, "label_names", None)
    if names is None:
        names = [name for part in parts_of(predictions_class) for name in label_names_of(part)]
    return tuple(names)


def parts_of(predictions_class: type[Any]) -> tuple[type[Any], ...]:
    """Return the prediction types of which a combined one consists; none of any other."""
    return tuple(
        getattr(predictions_class, "parts", ()) or getattr(predictions_class, "Predictions_list", ())
    )


def is_multiclass(predictions_class: type[Any]) -> bool:
    """Tell whether rows are probabilities of classes."""
    return hasattr(predictions_class, "y_pred_label_index")


def _probability_columns(predictions_class: type[Any]) -> tuple[int, ...]:
    if is_multiclass(predictions_class):
        return tuple(range(predictions_class.n_columns))
    if "probability_columns" in dir(predictions_class):
        return tuple(predictions_class.probability_columns)
    columns: list[int] = []
    first = 0
    for part in parts_of(predictions_class):
        columns += [first + column for column in _probability_columns(part)]
        first += getattr(part, "n_columns", 0) or 1
    return tuple(columns)


def plain(predictions_class: type[Predictions], y_pred: Any) -> Any:
    """Return what a workflow returned in the form in which it is sent and stored: lists of objects as an array.

    Raises
    ------
    SubmissionError
        If they are no lists of objects of equal length.
    """
    return packed(y_pred) if form_of(predictions_class).is_lists else y_pred


def packed(rows: Any) -> np.ndarray:
    """Return lists of objects as ndarray of float, (n_rows, most objects of a row, 1 + n_fields).

    The first number of a place is 1 when it holds an object, 0 when not.
    """
    try:
        objects = [[tuple(map(float, one)) for one in row] for row in rows]
    except (TypeError, ValueError) as error:
        raise _no_lists(f"something else ({error})") from error
    lengths = {len(one) for row in objects for one in row}
    if len(lengths) > 1:
        raise _no_lists(f"objects of {', '.join(map(str, sorted(lengths)))} numbers")
    n_places, n_fields = max(map(len, objects), default=0), max(lengths, default=0)
    if not is_packed((len(objects), n_places, 1 + n_fields), len(objects)):
        raise _no_lists(
            f"{n_places} objects of {n_fields} numbers in {len(objects)} rows, which are too many"
        )
    array = np.zeros((len(objects), n_places, 1 + n_fields))
    for place, row in zip(array, objects, strict=True):
        for number, one in enumerate(row):
            place[number] = (1.0, *one)
    return array


def is_packed(shape: tuple[int, ...], n_rows: int) -> bool:
    """Tell whether an array of this shape may hold the objects of ``n_rows`` rows."""
    if len(shape) != 3 or shape[0] != n_rows:
        return False
    return shape[1] <= MAX_OBJECTS and 1 <= shape[2] <= 1 + MAX_FIELDS and math.prod(shape) <= MAX_NUMBERS


def unpacked(array: np.ndarray) -> np.ndarray:
    """Return what :func:`packed` packed: ndarray of objects, a list of tuples of float in each row."""
    rows = np.empty(len(array), dtype=object)
    for number, places in enumerate(array):
        rows[number] = [tuple(place[1:].tolist()) for place in places if place[0] > 0]
    return rows


def _no_lists(got: str) -> SubmissionError:
    return SubmissionError(
        "Expected for each row a list of objects, each a tuple of as many numbers as the others, such as "
        f"(confidence, x, y, radius); got {got}.",
        code=ErrorCode.bad_output,
    )
