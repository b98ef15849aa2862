"""Execute a kit in a process of its own and answer one question; ``client`` is the other side.

``python -I process.py`` reads one JSON object from standard input, writes ``{"ok": ...}`` or ``{"error": text}``
to what was standard output. What the kit prints goes to standard error. Trusted: no submission is run here.
"""

import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # As in runner/scorer/process.py: this folder must not hide libraries behind our module names.
    _HERE = Path(__file__).resolve()
    sys.path[:] = [path for path in sys.path if Path(path) != _HERE.parent] + [str(_HERE.parents[2])]

from databoard import kits
from databoard.errors import KitError
from databoard.kits import data
from databoard.kits.checks import run


def describe(path: Path) -> dict[str, Any]:
    """Return the facts of a kit, ready for JSON."""
    kit = kits.load(path)
    facts = {field.name: getattr(kit, field.name) for field in dataclasses.fields(kit)}
    del facts["problem"], facts["path"]
    return facts | {
        "elements": [dataclasses.asdict(element) for element in kit.elements],
        "score_types": [dataclasses.asdict(score_type) for score_type in kit.score_types],
        "label_names": [str(name) for name in kit.label_names],
    }


def prepare(path: Path, is_forced: bool) -> dict[str, Any]:
    """Prepare the data, check that they can be read and carried into the jail, then describe."""
    kits.load(path)
    kits.prepare(path, force=is_forced)
    data.check_carried(kits.load(path))
    return describe(path)


def freeze(path: Path, target: str) -> dict[str, Any]:
    """Write the folds of ``get_cv`` as ``train_<i>`` and ``test_<i>``, and describe."""
    import numpy as np

    folds = kits.folds(kits.load(path))
    parts = {f"train_{fold.number}": fold.train_is for fold in folds}
    parts |= {f"test_{fold.number}": fold.test_is for fold in folds}
    np.savez(target, **parts)  # type: ignore[arg-type]  # no name is allow_pickle
    return describe(path)


def check(path: Path) -> list[dict[str, Any]]:
    """Return what is wrong with the kit; its data are prepared when they are missing."""
    return [dataclasses.asdict(finding) for finding in run.check(path)]


VERBS: dict[str, Callable[..., object]] = {
    "describe": describe,
    "prepare": prepare,
    "freeze": freeze,
    "check": check,
}


def main() -> None:
    """Answer the question on standard input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    question = json.load(sys.stdin)
    try:
        answer: dict[str, object] = {
            "ok": VERBS[question.pop("verb")](Path(question.pop("path")), **question)
        }
    except KitError as error:
        answer = {"error": str(error)}
    answers.write(json.dumps(answer))
    answers.close()


if __name__ == "__main__":
    main()
