"""Check everything that a kit can get wrong and that needs no submission to run: the list of findings.

It executes the kit. So it runs in a process of its own (``kits.process``), in the kit's environment, on a copy that
it may prepare. Each step goes as far as the ones before allow, so that one mistake does not hide the next.
"""

from collections.abc import Callable
from pathlib import Path

from databoard.kits.checks import contract, folds, leaks, scores, texts
from databoard.kits.checks.data import check_data, check_preparation, read
from databoard.kits.checks.findings import Finding, Report


def check(path: str | Path) -> "list[Finding]":
    """Return what is wrong with the kit at `path`; its data are prepared when they are missing."""
    report = Report(path)
    if not texts.check_texts(report) or not contract.check_import_names(report):
        return report.findings
    problem = contract.executed(report)
    if problem is None:
        return report.findings
    contract.check_parts(report, problem)
    if report.has("not_a_function", "workflow_wrong", "scores_missing", "score_incomplete"):
        return report.findings
    if not contract.check_element_names(report, problem):
        return report.findings
    contract.check_files(report, problem)
    if not check_preparation(report, problem):
        return report.findings
    data = read(report, problem)
    if data is None:
        return report.findings
    _run(report, check_data, report, problem, data)
    if not report.has("data_lengths", "y_missing"):
        _run(report, folds.check_folds, report, problem, data)
    _run(report, scores.check_scores, report, problem, data)
    _run(report, leaks.check_download, report, data)
    return report.findings


def _run(report: Report, step: Callable[..., object], *arguments: object) -> None:
    """Run one step; that it cannot read an unusual kit must not hide what the others find."""
    try:
        step(*arguments)
    except Exception as error:  # the kit raises what it likes
        report.warning(
            "not_checked",
            f"Expected {step.__name__} to understand this kit, got {type(error).__name__}: {error}.",
            "Check that part yourself, and report it to the maintainer of the server.",
        )
