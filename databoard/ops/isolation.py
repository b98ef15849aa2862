"""Show which layers of the jail hold on this machine. Called by ``fab jail_check``."""

import sys
from pathlib import Path

from ..errors import JailError
from ..runner import check
from .output import rendered


def show(mode: str, format: str, *, hidden: tuple[Path, ...] = ()) -> int:
    """Attack the jail from inside and print its layers; return 0 when all hold, else 2.

    No run may see the folders in `hidden`.
    """
    try:
        report = check(mode, hidden=hidden)
    except JailError as error:
        print(f"fab: {error}", file=sys.stderr)
        return 2
    rows = [
        {"layer": layer.name, "holds": "yes" if layer.is_closed else "NO", "detail": layer.detail}
        for layer in report.layers
    ]
    print(rendered(rows, format))
    return 0 if report.is_closed else 2
