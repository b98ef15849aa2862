"""A run is shown the files that its Python needs, and all of them lie in memory."""

import os
import subprocess
import sys

import pytest

from databoard import jail
from databoard.jail import page_cache, system_files


@pytest.fixture(scope="module")
def shown():
    return system_files.system_files(jail.own_interpreter())


def test_of_the_system_a_run_sees_libraries_and_small_programs_alone(shown):
    assert "/usr" not in shown.paths and not any(path.startswith("/usr/sbin") for path in shown.paths)
    names = {os.path.basename(path) for path in shown.paths}
    assert {"libc.so.6", "libm.so.6", "sh", "setpriv"} <= names
    assert not {"gcc", "perl", "mount.fuse", "su"} & names


def test_a_library_is_there_with_those_that_it_loads(shown):
    libraries = "import bz2, ctypes, hashlib, lzma, numpy, pandas, sqlite3, ssl, zlib"  # a Python of its own:
    command = [sys.executable, "-c", f"{libraries}; print(open('/proc/self/maps').read())"]  # tests load more
    maps = subprocess.check_output(command, text=True).splitlines()
    loaded = {line.split()[-1] for line in maps if ".so" in line}
    system = {os.path.realpath(path) for path in loaded if path.startswith(("/usr/lib", "/lib"))}
    there = {os.path.realpath(path) for path in shown.paths}
    assert system and system <= there


def test_packages_that_the_environment_does_not_use_are_not_shown(shown):
    is_environment = sys.prefix != sys.base_prefix
    foreign = [path for path in shown.covered if path.startswith(os.path.realpath(sys.base_prefix))]
    assert bool(foreign) == is_environment and all(path.endswith("site-packages") for path in foreign)


def test_a_python_of_the_system_is_shown_without_the_rest_of_its_folder(tmp_path, monkeypatch):
    for name in ("bin/python3.11", "bin/perl", "lib/python3.11/os.py", "lib/perl/x.pm"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(system_files, "_SHARED_PREFIXES", (str(tmp_path),))
    assert system_files._folders_of(str(tmp_path)) == [
        str(tmp_path / "bin/python3.11"), str(tmp_path / "lib/python3.11")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"", b"#!/bin/sh\n", b"\x7fELF\x02\x01" + bytes(10), b"\x7fELF\x02\x01" + b"\xff" * 200]
)
def test_what_is_no_library_or_a_broken_one_needs_nothing(tmp_path, content):
    (tmp_path / "broken.so").write_bytes(content)
    assert system_files._needs(str(tmp_path / "broken.so")) == ([], [])


@pytest.fixture
def forgotten(monkeypatch):
    """Nothing has been read, and the kernel has taken no page; returns what sets the number of those taken."""
    monkeypatch.setattr(page_cache, "_read_at", {})
    monkeypatch.setattr(page_cache, "files_of", lambda shown: [os.__file__, "/absent"])
    taken = [0]
    monkeypatch.setattr(page_cache, "_n_pages_taken", lambda: taken[0])
    return taken


def test_files_are_read_once_and_again_when_the_kernel_took_pages(forgotten, monkeypatch):
    interpreter = jail.own_interpreter()
    n_bytes = os.path.getsize(os.__file__)
    assert [page_cache.keep_in_memory(interpreter) for _ in range(2)] == [n_bytes, 0]
    forgotten[0] = 1
    assert page_cache.keep_in_memory(interpreter) == 0  # not so soon
    monkeypatch.setattr(page_cache, "REST_S", 0)
    assert [page_cache.keep_in_memory(interpreter) for _ in range(2)] == [n_bytes, 0]


def test_the_kernel_tells_how_many_pages_it_took():
    assert page_cache._n_pages_taken() >= 0
    with open("/proc/vmstat") as file:
        assert "pgsteal_kswapd" in file.read()
