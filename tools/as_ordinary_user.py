"""Run Python as an ordinary user, where this one is root; the exit code is passed on.

    python tools/as_ordinary_user.py -m pytest tests/jail tests/gallery

The whole jail must hold for a user with no privilege at all: user namespaces instead of root's recipe. Temporary
files, the home folder and what pytest and Hypothesis remember go to a folder of that user's, removed at the end.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.jail import conftest as stage  # noqa: E402


def main(words: list[str]) -> int:
    """Run ``python words`` and return its exit code."""
    # A shell's & has it ignored, and tests of signals want to be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="databoard-user-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            os.chown(folder, stage.ORDINARY_UID, stage.ORDINARY_UID)
        ours = {
            "HOME": folder,
            "TMPDIR": folder,
            "PYTHONDONTWRITEBYTECODE": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": f"{folder}/hypothesis",
            "PYTEST_ADDOPTS": f"{os.environ.get('PYTEST_ADDOPTS', '')} -p no:cacheprovider",
        }
        command = [*stage.as_ordinary_user(), sys.executable, *words]
        return subprocess.run(command, env={**os.environ, **ours}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
