"""Which release this server is."""

import json
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def name() -> str:
    """Return the name of the published release that this code is, empty for a checkout."""
    try:
        return str(json.loads((ROOT / "release.json").read_text(encoding="utf-8"))["name"])
    except FileNotFoundError:
        return ""
