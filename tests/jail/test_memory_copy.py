"""The copy of shared files: made once, held by its users, removed after them; without room the disk's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from databoard.jail import Interpreter, memory_copy, page_cache
from databoard.jail.system_files import SystemFiles

PYTHON = Interpreter("/usr/bin/python3", ("/usr",))
HOLD = """
import sys
from pathlib import Path
from databoard.jail import memory_copy
memory_copy._hold(Path(sys.argv[1]), memory_copy.fcntl.LOCK_SH)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """Some shown files of this test's own, and nothing copied yet; returns their folder."""
    files = tmp_path / "lib"
    (files / "package").mkdir(parents=True)
    (files / "package" / "module.py").write_text("one = 1\n")
    (files / "package" / "link.py").symlink_to("module.py")
    (files / "single").symlink_to("package/module.py")
    (files / "left_out").mkdir()
    (files / "left_out" / "foreign.py").touch()
    (tmp_path / "copies").mkdir()
    found = SystemFiles((str(files / "package"), str(files / "single")), (str(files / "left_out"),))
    monkeypatch.setattr(memory_copy, "system_files", lambda interpreter: found)
    monkeypatch.setattr(memory_copy, "_with_package", lambda files: files)
    monkeypatch.setattr(memory_copy, "FOLDER", tmp_path / "copies")
    monkeypatch.setattr(memory_copy, "_copies", {})
    return files


@pytest.fixture
def read(monkeypatch):
    """Note when the files of the disk are read instead."""
    calls = []
    monkeypatch.setattr(page_cache, "keep_in_memory", calls.append)
    return calls


def test_files_lie_in_the_copy_by_their_paths(shown, read):
    copy = memory_copy.copy_of(PYTHON)
    assert Path(f"{copy}{shown}/package/module.py").read_text() == "one = 1\n"
    assert os.readlink(f"{copy}{shown}/package/link.py") == "module.py"
    assert not Path(f"{copy}{shown}/single").is_symlink() and Path(f"{copy}{shown}/single").is_file()
    assert not Path(f"{copy}{shown}/left_out").exists() and read == []


def test_another_process_finds_the_copy(shown, monkeypatch):
    first = memory_copy.copy_of(PYTHON)
    monkeypatch.setattr(memory_copy, "_copies", {})
    monkeypatch.setattr(memory_copy, "_make", None)
    assert memory_copy.copy_of(PYTHON) == first


def test_a_changed_file_makes_another_copy_and_one_that_nobody_holds_goes(shown, monkeypatch):
    first = memory_copy.copy_of(PYTHON)
    os.close(memory_copy._copies[PYTHON][1])
    monkeypatch.setattr(memory_copy, "_copies", {})
    (shown / "package" / "module.py").write_text("three = 3\n")
    second = memory_copy.copy_of(PYTHON)
    assert second != first and Path(second).is_dir() and not Path(first).exists()


def test_a_copy_that_another_worker_holds_stays(shown, monkeypatch):
    first = memory_copy.copy_of(PYTHON)
    os.close(memory_copy._copies[PYTHON][1])
    monkeypatch.setattr(memory_copy, "_copies", {})
    command = [sys.executable, "-c", HOLD, f"{first}.lock"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, cwd=Path(memory_copy.__file__).parents[2]) as other:
        assert other.stdout.readline() == b"held\n"
        (shown / "package" / "module.py").write_text("three = 3\n")
        assert memory_copy.copy_of(PYTHON) != first and Path(first).is_dir()
        other.communicate()


def test_what_two_environments_share_lies_in_memory_once(shown, monkeypatch):
    first = memory_copy.copy_of(PYTHON)
    (shown / "package" / "another.py").write_text("two = 2\n")  # as in the environment of a kit
    seen = []
    monkeypatch.setattr(memory_copy, "_check_room", lambda home, facts: seen.extend(facts))
    second = memory_copy.copy_of(Interpreter("/usr/bin/python3", ("/usr", "/kit")))
    shared, own = (f"{shown}/package/{name}.py" for name in ("module", "another"))
    assert second != first and os.path.samefile(f"{first}{shared}", f"{second}{shared}")
    assert Path(f"{second}{own}").read_text() == "two = 2\n" and not Path(f"{first}{own}").exists()
    assert os.path.getsize(own) in [fact.st_size for fact in seen]
    assert os.path.getsize(shared) not in [
        fact.st_size for fact in seen if fact.st_ino == os.stat(shared).st_ino
    ]


def test_a_file_that_differs_is_not_shared(shown, monkeypatch):
    first = memory_copy.copy_of(PYTHON)
    changed = shown / "package" / "module.py"
    changed.write_text("one = 3\n")  # as many bytes
    second = memory_copy.copy_of(Interpreter("/usr/bin/python3", ("/usr", "/kit")))
    assert Path(f"{second}{changed}").read_text() == "one = 3\n"
    assert Path(f"{first}{changed}").read_text() == "one = 1\n"


def test_what_a_killed_worker_left_unfinished_is_made_again(shown):
    home = memory_copy._home()
    (home / "new" / "half").mkdir(parents=True)
    copy = memory_copy.copy_of(PYTHON)
    assert not (Path(copy) / "half").exists() and not (home / "new").exists()


def test_without_room_runs_see_the_files_of_the_disk_read_beforehand(shown, read, monkeypatch, caplog):
    monkeypatch.setattr(memory_copy, "available_bytes", lambda: 10)
    assert [memory_copy.copy_of(PYTHON) for _ in range(2)] == ["", ""]
    assert read == [PYTHON, PYTHON] and "bytes free" in caplog.text


def test_a_folder_that_somebody_else_made_is_not_used(shown, read, tmp_path, caplog):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "copies" / f"databoard-files-{os.geteuid()}").symlink_to(tmp_path / "elsewhere")
    assert memory_copy.copy_of(PYTHON) == "" and "remove it" in caplog.text
    assert not any((tmp_path / "elsewhere").iterdir())


def test_no_label_or_setting_of_the_server_is_copied():
    paths = memory_copy._with_package(SystemFiles((), ())).paths
    names = {os.path.basename(path) for path in paths}
    assert "static" not in names and not any("config" in path or "problems" in path for path in paths)
