"""A full disk: files are refused whole, with the reason, and stored again when there is room."""

import subprocess
import sys
from pathlib import Path

import pytest

from databoard.errors import DiskFull
from databoard.jail import bubblewrap
from databoard.services.base.files import FileStore

ROOT = Path(__file__).resolve().parents[3]
#: Fills a disk of 6 MB but for little, stores a file that does not fit, makes room, stores it again.
PROGRAM = """
import pathlib, sys
from databoard.errors import DiskFull
from databoard.services.base.files import FileStore
home = pathlib.Path(sys.argv[1])
(home / "filler").write_bytes(b"x" * 4_000_000)
store = FileStore(home, home)
try:
    store.put(b"y" * 4_000_000, max_bytes=9_000_000)
except DiskFull as full:
    print(full.status, full.code, sorted(path.name for path in home.rglob("*") if path.is_file()))
(home / "filler").unlink()
print(store.put(b"y" * 4_000_000, max_bytes=9_000_000).size_bytes)
"""


def test_below_the_reserve_nothing_is_stored(tmp_path):
    store = FileStore(tmp_path / "home", tmp_path, min_free_bytes=1 << 50)
    with pytest.raises(DiskFull, match="The disk of this server is full"):
        store.put(b"abc", max_bytes=9)
    assert not store.home.exists()


def test_a_disk_that_fills_leaves_no_half_file_and_goes_on_when_there_is_room(tmp_path):
    disk = ["--dev-bind", "/", "/", "--size", "6000000", "--tmpfs", str(tmp_path)]
    command = [bubblewrap.find_bwrap(), *disk, sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["507 DiskFull ['filler']", "4000000"], done.stderr
