"""What the jail refused is told with what to do instead; the gallery meets the same refusals in a real jail."""

import errno
import socket
import sqlite3
import urllib.error

import pytest

from databoard.runner import hints


class Library(Exception):
    """What a library raises instead of what it met."""


def lock():
    raise OSError(errno.ENOSYS, "Function not implemented")


def caught(function):
    try:
        function()
    except Exception as error:
        return error


def wrapped():
    try:
        raise socket.gaierror(-2, "Name or service not known")
    except OSError as error:
        raise Library("no answer") from error


def open_for_ever():
    error = Library("in a circle")
    error.__cause__, error.__context__ = Library("other"), error
    error.__cause__.__cause__ = error
    raise error


class Unspeakable(sqlite3.OperationalError):
    def __str__(self):
        raise KeyError


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (socket.gaierror(-3, "Temporary failure"), hints.NO_NETWORK),
        (urllib.error.URLError(socket.gaierror(-2, "unknown")), hints.NO_NETWORK),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), hints.NO_NETWORK),
        (caught(wrapped), hints.NO_NETWORK),
        (ConnectionRefusedError(errno.ECONNREFUSED, "of a server of its own"), ""),
        (caught(lock), hints.NO_LOCKS),
        (sqlite3.OperationalError("disk I/O error"), hints.NO_LOCKS),
        (sqlite3.OperationalError("no such table: x"), ""),
        (OSError(errno.EROFS, "Read-only file system", "/usr/x"), hints.READ_ONLY),
        (FileNotFoundError(errno.ENOENT, "No such file", "/proc/meminfo"), hints.NO_FACTS),
        (FileNotFoundError("no file name"), ""),
        (ValueError("bad"), ""),
        (Unspeakable(), ""),
        (caught(open_for_ever), ""),
    ],
)
def test_a_refusal_of_the_jail_is_told_apart_from_a_fault_of_the_code(tmp_path, error, hint):
    assert hints.hint_for(error, tmp_path) == hint


def test_a_missing_file_lists_those_that_are_there(tmp_path, monkeypatch):
    folder = tmp_path / "submission"
    folder.mkdir()
    for number in range(15):
        (folder / f"part_{number:02}.csv").touch()
    monkeypatch.chdir(tmp_path)
    hint = hints.hint_for(FileNotFoundError(errno.ENOENT, "No such file", "train.csv"), folder)
    assert "part_00.csv, part_01.csv" in hint and "and 3 more" in hint and "X and y" in hint


def test_a_missing_package_lists_those_that_are_there(tmp_path):
    hint = hints.hint_for(ModuleNotFoundError("No module", name="panda.core"), tmp_path)
    assert hint.startswith("panda is not installed here. Similar names are there: pandas")
    assert "There are: numpy, pandas, scipy, scikit-learn" in hint
