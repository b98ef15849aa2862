"""Say why a kit cannot read its data: a download that was not made, a file that is not there, or its code."""

import fnmatch
import re
from pathlib import Path

from databoard.kits.texts import PROBLEM, read_text

#: Scripts with which public kits fetch their data; the first that is there is named.
_SCRIPTS = (
    "download_data.py",
    "*download*.py",
    "*download*.sh",
    "prepare_data.py",
    "get_data*.py",
    "fetch*.py",
)


def is_missing_download(path: str | Path, error: BaseException) -> bool:
    """Tell whether a kit that fetches its data with a script of its own has not done so."""
    return isinstance(error, OSError) and download_script(path) is not None


def download_script(path: str | Path) -> "str | None":
    """Return the name of the script of a kit that fetches its data, ``None`` when it has none."""
    names = sorted(p.name for p in Path(path).iterdir() if p.is_file())
    found = [name for pattern in _SCRIPTS for name in fnmatch.filter(names, pattern)]
    return found[0] if found else None


def advice(path: str | Path, error: BaseException) -> str:
    """Return what to do about an exception of ``get_train_data`` or ``get_test_data``."""
    script = download_script(path)
    if script is not None and is_missing_download(path, error):
        command = f"{'python' if script.endswith('.py') else 'sh'} {script}"
        return (
            f"The kit fetches its data with a script that has not run here: {command}, in its folder, once."
        )
    what = (
        "Put that file into the kit, as its README says, or fix"
        if isinstance(error, FileNotFoundError)
        else "Fix"
    )
    return f"{what} that line; read below {reading_word(path)}."


def reading_word(path: str | Path) -> str:
    """Return how the ``problem.py`` of a kit finds its data: by ``data_folder``, or as RAMP does."""
    source = read_text(path, PROBLEM)
    return "data_folder(path)" if re.search(r"\bdata_folder\b", source) else "os.path.join(path, 'data')"
