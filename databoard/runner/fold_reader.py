"""Read what one fold in the jail sends, believing nothing; outside, in the worker.

The counterpart of ``fold_worker``: the frames are listed there. Every shape is known beforehand, exactly
that many bytes are read, every value must be finite, and the clock is ours. A submission that forges frames
only gives itself away: whatever it sends as predictions is scored as its predictions.
"""

import math
import os
import time
from collections.abc import Callable

import numpy as np

from databoard.jail import BadOutput, Channel, Verdict, open_again
from databoard.runner.error_frame import REFUSAL, ErrorFrame, parse_error
from databoard.runner.fold_worker import MAX_ERROR_BYTES
from databoard.runner.task import ExpectedPredictions
from databoard.scoring.prediction_types import is_packed
from databoard.states import SubmissionState

_MAX_DIMENSIONS = 4


class FoldReader:
    """Read one fold; call it with a channel, then look at what it found.

    Parameters
    ----------
    expected : ExpectedPredictions
    test_rows : int or None
        Descriptor of X of the hidden test set, handed over once the predictions for the training set are
        here.
    on_state : callable
        Called with ``training``, ``trained``, ``validated``, ``tested``.

    Attributes
    ----------
    step : str or None
        The step that runs or failed: ``training``, ``validating``, ``testing``; ``None`` before untrusted
        code.
    times_s : dict of str to float
        Of the steps that ended.
    error : ErrorFrame or None
        What an ERROR frame said.
    is_shape_impossible : bool
        The predictions had a shape that the number of classes among the rows trained on cannot explain.
    """

    def __init__(
        self, expected: ExpectedPredictions, test_rows: int | None, on_state: Callable[[str], None]
    ) -> None:
        self._expected, self._test_rows, self._on_state = expected, test_rows, on_state
        self.step: str | None = None
        self._step_began_at = 0.0
        self.times_s: dict[str, float] = {}
        self.y_pred_train: np.ndarray | None = None
        self.y_pred_test: np.ndarray | None = None
        self.error: ErrorFrame | None = None
        self.is_shape_impossible = False

    def __call__(self, channel: Channel) -> Verdict:
        if channel.read_line() != "STARTED":
            raise BadOutput("Expected the frame STARTED first.")
        channel.start_clock()
        self._begin("training", SubmissionState.training)
        if self._frame(channel, "TRAINED") is None:
            return Verdict.error
        self._begin("validating", SubmissionState.trained)
        self.y_pred_train = self._predictions(channel, "VALIDATED", self._expected.train)
        if self.y_pred_train is None:
            return Verdict.error
        self._begin(None, SubmissionState.validated)
        if self._test_rows is None or self._expected.test is None:
            channel.settle()  # what is known then is enough: the run need not be over
            return Verdict.ok
        return self._test(channel, self._test_rows, self._expected.test)

    def _test(self, channel: Channel, test_rows: int, expected: tuple[int, ...]) -> Verdict:
        # What is printed, and what memory and processor time are used from here on, could carry the hidden rows out.
        channel.settle()
        copy = open_again(test_rows)
        self._begin("testing", None)
        try:
            channel.send_descriptor(copy)
        finally:
            os.close(copy)
        self.y_pred_test = self._predictions(channel, "TESTED", expected)
        if self.y_pred_test is None:
            return Verdict.error
        self._begin(None, SubmissionState.tested)
        return Verdict.ok

    def _begin(self, step: str | None, state: str | None) -> None:
        now = time.monotonic()
        if self.step is not None:
            self.times_s[self.step] = now - self._step_began_at
        self.step, self._step_began_at = step, now
        if state is not None:
            self._on_state(state)

    def _frame(self, channel: Channel, name: str) -> list[str] | None:
        """Return the words after the name of the frame; ``None`` when an error came instead."""
        word, *rest = channel.read_line().split(" ")
        if word == "ERROR" and len(rest) == 1:
            self.error = _read_error(channel, rest[0])
            return None
        if word != name:
            raise BadOutput(f"Expected the frame {name}; the channel carried something else.")
        return rest

    def _predictions(self, channel: Channel, name: str, expected: tuple[int, ...]) -> np.ndarray | None:
        words = self._frame(channel, name)
        if words is None:
            return None
        shape = tuple(_number(word) for word in words)
        if not self._is_expected(shape, expected):
            self.is_shape_impossible = shape[:1] != expected[:1] or len(shape) != len(expected)
            raise BadOutput(self._wrong_shape(expected, shape))
        data = channel.read_exactly(8 * math.prod(shape))
        y_pred = np.frombuffer(data, dtype="<f8").reshape(shape)
        self._check_values(y_pred)
        return y_pred

    def _is_expected(self, shape: tuple[int, ...], expected: tuple[int, ...]) -> bool:
        if self._expected.is_lists:
            return is_packed(shape, expected[0])
        return len(shape) <= _MAX_DIMENSIONS and shape == expected

    def _wrong_shape(self, expected: tuple[int, ...], shape: tuple[int, ...]) -> str:
        if self._expected.is_lists:
            return f"Expected a list of objects for each of {expected[0]} rows. Return one list a row from predict."
        # On the hidden test set the shape that came could carry data out.
        got = "another shape" if self.step == "testing" else str(shape)
        return f"Expected predictions of shape {expected}, got {got}. {_advice(expected)}"

    def _check_values(self, y_pred: np.ndarray) -> None:
        n_bad = int(np.count_nonzero(~np.isfinite(y_pred)))
        columns = list(self._expected.probability_columns)
        probabilities = y_pred.reshape(len(y_pred), -1)[:, columns] if columns else y_pred[:0]
        n_negative = int(np.count_nonzero(probabilities < 0))
        if not n_bad and not n_negative:
            return
        kind = "NaN or infinite" if n_bad else "negative"
        many = "some" if self.step == "testing" else f"{n_bad or n_negative:,} of {y_pred.size:,}"
        wanted = "finite predictions" if n_bad else "probabilities of at least 0"
        advice = "Check for missing values or a division by zero." if n_bad else _advice(y_pred.shape)
        raise BadOutput(f"Expected {wanted}, got {many} that are {kind}. {advice}")


def _advice(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return "Return one number per row from predict."
    return "Return one probability per class from predict_proba."


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 12):
        raise BadOutput("Expected the shape of the predictions as whole numbers.")
    return int(word)


def _read_error(channel: Channel, length: str) -> ErrorFrame:
    n_bytes = _number(length)
    if n_bytes > MAX_ERROR_BYTES:
        raise BadOutput(REFUSAL)
    return parse_error(channel.read_exactly(n_bytes))
