"""Show which layers of the jail hold on this machine. Called by ``fab jail_check``."""

import sys
from typing import TYPE_CHECKING

from databoard.errors import JailError
from databoard.ops import leak_bounds
from databoard.runner import check
from databoard.tasks import output

if TYPE_CHECKING:
    from config import Config


def show(config: "Config", format: str) -> int:
    """Attack the jail that `config` asks for and print its layers; return 0 when all hold, else 2."""
    try:
        report = check(config.jail, hidden=(config.home, config.problems))
    except JailError as error:
        print(f"fab: {error}", file=sys.stderr)
        return 2
    rows = [
        {"layer": layer.name, "holds": "yes" if layer.is_closed else "NO", "detail": layer.detail}
        for layer in report.layers
    ]
    output.show(rows, format)
    try:
        report.raise_if_open(config.jail_min_level)
    except JailError as error:
        print(f"fab: {error}", file=sys.stderr)
        return 2
    if format == "table":
        print(f"Level {report.level}; expected at least {config.jail_min_level}.", *report.notes, sep="\n")
        hidden = leak_bounds.hidden_bits_per_day(leak_bounds.default_bounds())
        print(f"Beside that, by default: at most {hidden:,} bits of the hidden rows a team and day.")
    return 0
