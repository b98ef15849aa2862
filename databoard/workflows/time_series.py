"""Workflows on time series, with a check that features do not look into the future.

X is a data frame, an array or an xarray object and has ``n_burn_in`` rows more than y: row t of the features
may use the rows of X up to ``n_burn_in + t`` and is there to predict y[t]. X is always whole, training and
validation rows alike, because features of one time need the times before it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from databoard.errors import SubmissionError
from databoard.states import ErrorCode
from databoard.workflows.importing import load_name, method_of
from databoard.workflows.regressor import Regressor
from databoard.workflows.rows import deep_copy, n_rows, take_rows, time_dimension

SEED = 57
_TOLERANCE = 1e-9


class TimeSeriesFeatureExtractor:
    """Transform X by the ``FeatureExtractor`` of ``ts_feature_extractor.py`` and check that it looks back only.

    The check changes the future and compares: it takes the first ``n_burn_in + check_size`` rows of X, adds
    noise to every number after row ``n_burn_in + check_index``, transforms again, and refuses features that
    differ before or at ``check_index``.

    Parameters
    ----------
    check_sizes, check_indexs : sequence of int
        Pairs to check; each index is smaller than its size. (The name is RAMP's.)
    workflow_element_names : sequence of one str
        Stem of the file.
    n_burn_in : int, optional
        Rows of X before the first one of y. When not given, the attribute of that name of X (among its
        ``attrs``, if X has such), as in RAMP.
    """

    name = "ts_feature_extractor"

    def __init__(
        self,
        check_sizes: Iterable[int] = (132,),
        check_indexs: Iterable[int] = (120,),
        workflow_element_names: Sequence[str] = ("ts_feature_extractor",),
        *,
        n_burn_in: int | None = None,
    ) -> None:
        self.n_burn_in = n_burn_in
        self.checks = tuple(zip(check_sizes, check_indexs, strict=True))
        for size, index in self.checks:
            if not 0 <= index < size - 1:
                raise ValueError(f"Expected 0 <= check_index < check_size - 1, got {index} and {size}.")
        self.element_names = list(workflow_element_names)
        self.file_name = f"{self.element_names[0]}.py"

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> Any:
        """Return a ``FeatureExtractor``; it is not fitted, so that no row can teach it about another.

        Raises
        ------
        SubmissionError
            If the file is missing, fails on import or has no class ``FeatureExtractor``.
        """
        return load_name(module_path, self.file_name, "FeatureExtractor", purpose="class with transform(X)")()

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return the features of X, ndarray with ``n_burn_in`` rows less than X.

        Raises
        ------
        SubmissionError
            If there are more or fewer rows, or a feature depends on later rows of X.
        """
        features = self._transform(trained_model, X)
        for check_size, check_index in self.checks:
            self._check(trained_model, X, features, check_size, check_index)
        return features

    def _transform(self, extractor: Any, X: Any) -> Any:
        transform = method_of(extractor, "transform", file_name=self.file_name)
        # A copy, so that a transform that writes into X cannot carry anything into the next call.
        features = np.asarray(transform(deep_copy(X)), dtype=float)
        n_burn_in = self._burn_in(X)
        n_due = n_rows(X) - n_burn_in
        if features.shape[:1] != (n_due,):
            raise SubmissionError(
                f"Expected transform of {self.file_name} to give {n_due} rows of features, got shape "
                f"{features.shape}. Give one row per row of X after the first {n_burn_in}.",
                step="validating",
                code=ErrorCode.validating_error,
            )
        return features.reshape(n_due, -1)

    def _burn_in(self, X: Any) -> int:
        if self.n_burn_in is not None:
            return self.n_burn_in
        return int(getattr(X, "attrs", {}).get("n_burn_in", getattr(X, "n_burn_in", 0)))

    def _check(self, extractor: Any, X: Any, features: Any, check_size: int, check_index: int) -> None:
        n_burn_in = self._burn_in(X)
        n_kept = n_burn_in + check_index + 1
        if n_kept >= n_rows(X):
            return  # there is no future to change
        prefix = deep_copy(take_rows(X, slice(0, n_burn_in + check_size)))
        changed = self._transform(extractor, _with_noise(prefix, n_kept))
        is_equal = _row_equality(features[: check_index + 1], changed[: check_index + 1])
        if not is_equal.all():
            n_steps = check_index + 1 - int(np.argmin(is_equal))
            raise SubmissionError(
                f"The features of {self.file_name} look into the future by at least {n_steps} time steps: "
                f"later rows of X change them. Use rows of X up to {n_burn_in} + t for row t.",
                step="validating",
                code=ErrorCode.validating_error,
            )


class TimeSeriesFeatureExtractorRegressor:
    """Extract checked features of the whole series, then fit a ``Regressor`` on those of the fold.

    Parameters
    ----------
    check_sizes, check_indexs, n_burn_in : see :class:`TimeSeriesFeatureExtractor`
    workflow_element_names : sequence of two str
        Stems of the two files.
    """

    name = "ts_feature_extractor_regressor"

    def __init__(
        self,
        check_sizes: Iterable[int] = (132,),
        check_indexs: Iterable[int] = (120,),
        workflow_element_names: Sequence[str] = ("ts_feature_extractor", "regressor"),
        *,
        n_burn_in: int | None = None,
    ) -> None:
        self.element_names = list(workflow_element_names)
        self._extractor = TimeSeriesFeatureExtractor(
            check_sizes, check_indexs, self.element_names[:1], n_burn_in=n_burn_in
        )
        self._regressor = Regressor(self.element_names[1:])

    def train_submission(
        self, module_path: str | Path, X: Any, y: Any, train_is: Any = None, prev_trained_model: Any = None
    ) -> tuple[Any, Any]:
        """Return the pair (feature extractor, regressor); ``train_is`` holds row numbers of y.

        Raises
        ------
        SubmissionError
            If a file is missing, fails on import or lacks its class, or features look ahead.
        """
        extractor = self._extractor.train_submission(module_path, X, y)
        features = self._extractor.test_submission(extractor, X)
        previous = None if prev_trained_model is None else prev_trained_model[1]
        model = self._regressor.train_submission(
            module_path, features, y, train_is, prev_trained_model=previous
        )
        return extractor, model

    def test_submission(self, trained_model: Any, X: Any) -> Any:
        """Return one value per row of X after the first ``n_burn_in``."""
        extractor, model = trained_model
        return self._regressor.test_submission(model, self._extractor.test_submission(extractor, X))


class ElNino(TimeSeriesFeatureExtractorRegressor):
    """``ts_feature_extractor_regressor`` under the name that RAMP has for it; its checks have no default."""

    name = "el_nino"

    def __init__(
        self,
        check_sizes: Iterable[int],
        check_indexs: Iterable[int],
        workflow_element_names: Sequence[str] = ("ts_feature_extractor", "regressor"),
    ) -> None:
        super().__init__(check_sizes, check_indexs, workflow_element_names)


def _with_noise(X: Any, first: int) -> Any:
    """Return X with noise of the size of its own spread added to every number from row ``first`` on."""
    rng = np.random.default_rng(SEED)
    if hasattr(X, "isel"):
        time = time_dimension(X)
        return X.map(_noisy, args=(time, first, rng)) if hasattr(X, "map") else _noisy(X, time, first, rng)
    if not hasattr(X, "columns"):
        X = np.array(X, dtype=float)
        X[first:] += rng.normal(size=X[first:].shape) * (1 + np.nanstd(X, axis=0))
        return X
    for name in X.columns:
        if X[name].dtype.kind in "fiu":
            values = X[name].to_numpy(dtype=float, copy=True)
            values[first:] += rng.normal(size=len(values) - first) * (1 + np.nanstd(values))
            X[name] = values
    return X


def _noisy(values: Any, time: str, first: int, rng: np.random.Generator) -> Any:
    """Return one xarray variable with noise from ``first`` on along ``time``, if it has numbers there."""
    if time not in values.dims or values.dtype.kind not in "fiu":
        return values
    numbers = np.moveaxis(np.array(values, dtype=float), values.dims.index(time), 0)
    numbers[first:] += rng.normal(size=numbers[first:].shape) * (1 + np.nanstd(numbers))
    return values.copy(data=np.moveaxis(numbers, 0, values.dims.index(time)))


def _row_equality(features: Any, changed: Any) -> np.ndarray:
    return np.isclose(features, changed, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True).all(axis=1)
