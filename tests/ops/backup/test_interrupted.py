"""A backup that a full disk or a kill ends in the middle: the earlier ones are whole, and the next one works."""

import hashlib
import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from databoard.ops.backup.shelf import MAKING, Shelf

ROOT = Path(__file__).resolve().parents[3]
FAB_BACKUP = [sys.executable, "-m", "fabric", "backup"]
#: A small disk in the place of the backups, with a copy of them; what is on it at the end is copied out.
ON_SMALL_DISK = """
cp -a "$1" "$2/before"
mount -t tmpfs -o size="$3" small "$1"
cp -a "$2/before/." "$1"
folder=$1; out=$2; shift 3
code=0; "$@" || code=$?
cp -a "$folder" "$out/after"
exit $code
"""
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def earlier(session, back_up, score_one, owls):
    score_one(owls, "first")
    made = back_up()
    session.close()
    return made


@pytest.fixture
def environ(bare_environment, site_environ):
    return {**bare_environment, **site_environ}


def hashes(folder):
    """Return the hash of each file below a folder, by path."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_full_disk_costs_only_the_backup_that_was_being_made(earlier, backups, environ, tmp_path):
    whole, used = hashes(earlier.path), sum(path.stat().st_size for path in backups.rglob("*"))
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    small = ["sh", "-ec", ON_SMALL_DISK, "sh", str(backups), str(tmp_path), str(used + (256 << 10))]
    done = subprocess.run(
        [*unshare, *small, *FAB_BACKUP], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert re.search(r"^fab: No backup was made\. .*(disk is full|No space left)", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    after = tmp_path / "after"
    assert [path.name for path in after.iterdir() if path.is_dir()] == [earlier.path.name]
    assert hashes(after / earlier.path.name) == whole


def test_a_kill_in_the_middle_costs_only_the_backup_that_was_being_made(
    earlier, back_up, backups, environ, home, now
):
    whole = hashes(earlier.path)
    process = subprocess.Popen(FAB_BACKUP, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    while not (drafts := list(backups.glob(f"{MAKING}*"))):
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert drafts[0].is_dir() and Shelf.of(home).names() == [earlier.path.name]
    assert hashes(earlier.path) == whole
    next_one = back_up(now + timedelta(days=1))
    assert Shelf.of(home).names() == [earlier.path.name, next_one.path.name]
    assert list(backups.glob(f"{MAKING}*")) == [] and next_one.manifest.missing == ()
