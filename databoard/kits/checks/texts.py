"""Check that the text files of a kit can be decoded, before anything reads them."""

from databoard.kits.checks.findings import Report
from databoard.kits.texts import PROBLEM, faulty_texts


def check_texts(report: Report) -> bool:
    """Name every file that is no UTF-8 text; return whether ``problem.py`` can be executed."""
    for name, fault in faulty_texts(report.path):
        is_example = name.startswith("submissions/") and not name.startswith("submissions/starting_kit/")
        found = report.warning if is_example else report.error
        found("no_text", f"{fault.what}.", fault.remedy, file=name, line=fault.line)
    return not any(finding.code == "no_text" and finding.file == PROBLEM for finding in report.findings)
