"""Before the database of production is taken back, it is backed up."""

import sys
from pathlib import Path

import pytest

from databoard.ops.backup.shelf import Shelf
from databoard.ops.publish.hosts import LocalHost
from databoard.ops.publish.layout import Layout
from databoard.ops.publish.rollback import back_up_first
from tests.conftest import ROOT
from tests.secrets_in_logs import SECRET_KEY


@pytest.fixture
def release(tmp_path):
    """A release that is this code, with this Python."""
    folder = tmp_path / "release"
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (folder / ".venv" / "bin" / "python").chmod(0o755)
    for name in ("databoard", "migrations", "config.py", "manage.py", "fabfile.py"):
        (folder / name).symlink_to(ROOT / name)
    return str(folder)


@pytest.mark.parametrize(("environment", "n_backups"), [("production", 1), ("development", 0)])
def test_only_production_is_backed_up(release, sqlite_url, home, tmp_path, environment, n_backups):
    layout = Layout(str(tmp_path / "srv"))
    settings = {
        "HOME": home,
        "DB_URL": sqlite_url,
        "ENV": environment,
        "SECRET_KEY": SECRET_KEY,
        "HOSTS": "*",
    }
    (tmp_path / "srv" / "shared").mkdir(parents=True)
    Path(layout.env_file).touch(mode=0o600)
    with open(layout.env_file, "w") as file:
        file.writelines(f"DATABOARD_{name}={value}\n" for name, value in settings.items())
    made = back_up_first(LocalHost(), layout, release)
    names = Shelf.of(home).names()
    assert (len(names), len(made)) == (n_backups, n_backups)
    assert all(line.startswith(f"Backup {name}: ") for line, name in zip(made, names, strict=True))
