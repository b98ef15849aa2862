"""Write a new kit and print what a check finds. Called by ``fab new_problem`` and ``fab check_problem``."""

from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING

from databoard import kits
from databoard.kits import Finding
from databoard.ops.kit_check import check_problem
from databoard.tasks import output
from databoard.tasks.steps import Steps

if TYPE_CHECKING:
    from config import Config

_WIDTH = 110  # of a printed line


def new_problem(config: "Config", *, name: str, workflow: str) -> str:
    """Write the kit `name` and return what to do next.

    Raises
    ------
    RuleError
        If the name is taken or there is no kit for that workflow.
    """
    path = kits.write_kit(config.problems, name, workflow)
    return (
        f"Wrote {path}, a kit that works on simulated data. Change it, and check it after each change:\n"
        f"  fab check_problem:{name}\n"
        f"When it is ready, add it to the server:\n"
        f"  fab add_problem:{name}\n"
        f"  fab add_event:{name}_test"
    )


def show_check(config: "Config", *, name: str, format: str) -> int:
    """Check the kit `name` and print each finding; return 1 when one is an error, else 0.

    Parameters
    ----------
    format : str
        ``text``, or one of :data:`output.FORMATS`.
    """
    if format != "text":
        output.require_format(format)  # before the work
    with Steps(name) as begin:
        findings = check_problem(config, name=name, begin=begin)
    findings.sort(key=lambda finding: finding.severity)
    if format == "text":
        print(_text(name, findings))
    else:
        output.show(map(asdict, findings), format)
    return int(any(finding.severity == "error" for finding in findings))


def _text(name: str, findings: list[Finding]) -> str:
    blocks = [
        "\n".join(
            [
                f"{finding.severity} {name}/{finding.where} {finding.code}",
                *_wrapped(finding.what),
                *_wrapped(f"To fix it: {finding.fix}"),
            ]
        )
        for finding in findings
    ]
    n_errors = sum(finding.severity == "error" for finding in findings)
    n_warnings = len(findings) - n_errors
    sums = [_count(n_errors, "error")] * bool(n_errors) + [_count(n_warnings, "warning")] * bool(n_warnings)
    return "\n".join([*blocks, f"{name}: {' and '.join(sums) or 'nothing is wrong'}."])


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" + "s" * (n != 1)


def _wrapped(text: str) -> list[str]:
    lines = [part for line in text.splitlines() for part in wrap(line, _WIDTH, break_long_words=False)]
    return [f"    {line}" for line in lines]
