"""Run the starting kit of a shipped problem through the jail, as the check of a release. Called by `on_target`."""

from typing import TYPE_CHECKING

from databoard.errors import RuleError
from databoard.ops.kit_check import check_problem

if TYPE_CHECKING:
    from config import Config


def require_trained(config: "Config", problem_name: str) -> str:
    """Train and score the starting kit of a problem on every fold; return what was done.

    Raises
    ------
    RuleError
        If anything about it fails; also when no jail can be opened here.
    """
    findings = [
        finding
        for finding in check_problem(config, name=problem_name)
        if finding.severity == "error" or finding.code == "not_run"
    ]
    if findings:
        raise RuleError(f"The trial submission of {problem_name} failed. {findings[0].what}")
    return f"The trial submission of {problem_name} is trained and scored."
