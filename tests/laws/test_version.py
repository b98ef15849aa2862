"""One version, written in one place; the changelog and the packaging follow it."""

import re
import subprocess
import sys
from pathlib import Path

from databoard import __version__

ROOT = Path(__file__).resolve().parents[2]


def test_the_newest_heading_of_the_changelog_is_this_version():
    headings = re.findall(r"^## (?:Unreleased \((.+)\)|(.+))$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    coming, released = headings[0]
    assert __version__ == (f"{coming}.dev0" if coming else released.split()[0])
    assert not any(later for later, _ in headings[1:])


def test_the_package_is_built_with_this_version():
    done = subprocess.run(
        [sys.executable, "setup.py", "--version"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines()[-1:] == [__version__], done.stderr


def test_the_version_is_written_nowhere_else():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    holders = [
        name
        for name in listed.splitlines()
        if name.endswith((".py", ".toml", ".html", ".cfg"))
        and f'"{__version__}"' in (ROOT / name).read_text()
    ]
    assert holders == ["databoard/__init__.py"]
