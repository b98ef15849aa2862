"""Annotations that Python evaluates later, in the module of the class; source code looked up."""

from __future__ import annotations

import inspect
import typing
from dataclasses import dataclass, field

from sklearn.linear_model import LogisticRegression


@dataclass
class Settings:
    C: float = 1.0
    names: list[str] = field(default_factory=list)
    parent: "Settings | None" = None  # noqa: UP037


class Classifier:
    def fit(self, X, y):
        assert typing.get_type_hints(Settings)["parent"] == Settings | None
        assert "C: float = 1.0" in inspect.getsource(Settings)
        assert Settings.__module__ == "classifier" and inspect.getmodule(Settings).Settings is Settings
        self.model = LogisticRegression(C=Settings().C, max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
