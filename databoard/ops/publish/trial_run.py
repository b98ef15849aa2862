"""Run the starting kit of a shipped problem through the jail, as the check of a release. Called by `on_target`."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from databoard import kits
from databoard.errors import RuleError
from databoard.ops import trial

if TYPE_CHECKING:
    from config import Config

#: Enough to see that the release trains, predicts and scores.
N_FOLDS = 2


def require_trained(config: "Config", problem_name: str) -> str:
    """Train and score the starting kit of a problem on two folds; return what was done.

    Raises
    ------
    DataboardError
        If anything about it fails; also when no jail can be opened here.
    """
    with tempfile.TemporaryDirectory(prefix="databoard-trial-") as folder:
        path = Path(folder) / "problems" / problem_name
        shutil.copytree(kits.kit_path(config.problems, problem_name), path)
        environment = kits.find_environment(config.home, path)
        kits.prepare_and_describe(path, environment)
        kit, folds = kits.describe_with_folds(path, environment)
        findings = trial.try_starting_kit(
            config,
            kit,
            folds[:N_FOLDS],
            environment,
            limits_of=kits.default_event(kit),
            home=Path(folder) / "home",
        )
    for finding in findings:
        if finding.severity == "error" or finding.code == "not_run":
            raise RuleError(f"The trial submission of {problem_name} failed. {finding.what}")
    return f"The trial submission of {problem_name} is trained and scored."
