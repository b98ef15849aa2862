"""Ask a kit about itself, in a process of its own and in the kit's own environment.

The server's processes never execute a ``problem.py``: it may need packages that the server does not have, and what it
imports stays in memory. Called by ``services`` and ``ops``.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from databoard.errors import KitError
from databoard.kits.checks.findings import Finding
from databoard.kits.environments import Environment
from databoard.kits.kit import ElementFacts, Fold, Kit, ScoreTypeFacts

#: Longest that a kit may take: prepare_data may download and simulate.
ANSWER_WITHIN_S = 3600
_PROGRAM = Path(__file__).with_name("process.py")
_KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE")


def describe(path: str | Path, environment: Environment | None = None) -> Kit:
    """Return what ``problem.py`` defines, without its module; the data may be missing."""
    return _kit(path, ask("describe", path, environment))


def prepare_and_describe(
    path: str | Path, environment: Environment | None = None, *, is_forced: bool = False
) -> Kit:
    """Prepare the data when they are missing (or anyway, when forced), then do as :func:`describe`."""
    return _kit(path, ask("prepare", path, environment, is_forced=is_forced))


def describe_with_folds(
    path: str | Path, environment: Environment | None = None
) -> tuple[Kit, tuple[Fold, ...]]:
    """Call ``get_cv`` once and return its checked folds with the facts of the kit."""
    import numpy as np

    with tempfile.TemporaryDirectory(prefix="databoard-folds-") as folder:
        target = Path(folder) / "folds.npz"
        facts = ask("freeze", path, environment, target=str(target))
        with np.load(target, allow_pickle=False) as arrays:
            numbers = range(len(arrays.files) // 2)
            folds = tuple(Fold(i, arrays[f"train_{i}"], arrays[f"test_{i}"]) for i in numbers)
    return _kit(path, facts), folds


def check(path: str | Path, environment: Environment | None = None) -> list[Finding]:
    """Return what is wrong with the kit, as far as no submission has to run; its data are prepared when missing."""
    return [Finding(**finding) for finding in ask("check", path, environment)]


def ask(verb: str, path: str | Path, environment: Environment | None = None, **question: object) -> Any:
    """Return the answer of the kit at ``path`` to one question, see ``process``.

    Raises
    ------
    KitError
        If the kit is broken, or its process died or took too long; the last words of the process are quoted.
    """
    path = Path(path).resolve()
    python = environment.python if environment else sys.executable
    try:
        done = subprocess.run(
            [python, "-I", str(_PROGRAM)],
            input=json.dumps({"verb": verb, "path": str(path), **question}),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_WITHIN_S,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            cwd=path,
        )
    except subprocess.TimeoutExpired as error:
        raise KitError(
            f"{path.name}: no answer within {ANSWER_WITHIN_S} s. Make its data smaller."
        ) from error
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        words = done.stderr.strip()[-2000:] or "none"
        raise KitError(
            f"{path.name}: the process died (status {done.returncode}). It printed last: {words}"
        ) from None
    if "error" in answer:
        raise KitError(answer["error"])
    return answer["ok"]


def _kit(path: str | Path, facts: dict[str, Any]) -> Kit:
    return Kit(**facts | {
        "path": Path(path).resolve(),
        "elements": tuple(ElementFacts(**element) for element in facts["elements"]),
        "score_types": tuple(ScoreTypeFacts(**score_type) for score_type in facts["score_types"]),
        "label_names": tuple(facts["label_names"]),
        "problem": None,
    })  # fmt: skip
