"""Check that code parses, before anything is queued. Needs no database. Called by `submit`.

The code is only parsed, never compiled or executed. A kit with an environment of its own may use another Python with
another grammar. Its code is checked in the jail instead.
"""

import ast
import warnings
from collections.abc import Mapping
from pathlib import Path

from databoard import text_files
from databoard.errors import KitError, RuleError
from databoard.kits import wanted_environment

#: Nobody writes more by hand; parsing takes a hundred times the memory of the text.
_MAX_BYTES = 1 << 20


def require_parsed(files: Mapping[str, bytes], *, kit_path: Path) -> None:
    """Refuse Python files that cannot be parsed; what this cannot tell passes.

    Raises
    ------
    RuleError
        Naming file and line.
    """
    for name, source in files.items():
        if name.endswith(".py"):
            text_files.decode(
                source, name, refusal=RuleError
            )  # Python's own words for other bytes name no line
    if _has_own_environment(kit_path):
        return
    sources = {name: text for name, text in files.items() if name.endswith(".py") and len(text) <= _MAX_BYTES}
    for name, source in sources.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an odd escape is no error
                compile(source, name, "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
        except SyntaxError as error:
            place = f", line {error.lineno}" if error.lineno else ""
            raise RuleError(_words(name, place, error.msg)) from None
        except (MemoryError, RecursionError, OverflowError):  # nested too deeply for here
            continue


def _has_own_environment(kit_path: Path) -> bool:
    try:
        return wanted_environment(kit_path) is not None
    except KitError:  # it was spoilt after the problem was added
        return True


def _words(name: str, place: str, what: str) -> str:
    return f"{name} does not parse{place}: {what}. Nothing was queued. Fix it, then submit again."
