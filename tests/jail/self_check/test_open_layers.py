"""Every layer that the check knows, seen open: a wall left out, a slip into the environment, no wall at all."""

import os
import subprocess

import pytest

from databoard import jail
from databoard.errors import JailError
from databoard.jail import CheckReport, bubblewrap, sealed, seccomp
from databoard.jail.self_check import canary_calls, check
from databoard.jail.self_check.layers import NAMESPACES, seen_from_outside


def test_without_a_wall_the_canary_tells_what_is_open():
    report = jail.check("none")
    ours = {"user"} if os.geteuid() == 0 else set()
    ours |= {"new privileges"} if canary_calls.status("NoNewPrivs") == "0" else set()
    assert WITHOUT_A_WALL | ours <= open_layers(report)
    with pytest.raises(JailError, match="files of the server"):
        report.raise_if_open()


@pytest.mark.parametrize("mode", ["bubblewrap", "none"])
def test_the_socket_in_a_folder_with_a_long_name_is_reached_by_whom_nothing_stops(
    mode, tmp_path, monkeypatch
):
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert ("socket file" in open_layers(jail.check(mode))) == (mode == "none")


def test_without_a_filter_the_canary_tells_what_is_open(monkeypatch):
    # As on a machine whose system calls we have no numbers of.
    monkeypatch.setattr(seccomp, "MACHINES", ())
    assert open_layers(jail.check()) >= WITHOUT_A_FILTER


OWN_NAMESPACES = {f"own {kind} namespace" for kind in NAMESPACES}

#: The layers of the inner wall, and what the check finds open without each.
MISSING = {
    "net": {"own net namespace"},
    "ipc": {"own ipc namespace"},
    "uts": {"own uts namespace"},
    "mounts": {"other processes"},
    "capabilities": {"capabilities", "no capability, seen from outside"},
    "limits": {"process limit", "memory limit"},
    "landlock": {"paths beyond the list"},
    "filter": {
        *("new namespaces", "foreign sockets", "tracing", "memory out of sight", "larger sockets"),
        *("processor shares", "filters, seen from outside"),
    },
}

#: What it finds open without any wall, and without any filter.
WITHOUT_A_WALL = {
    *("files of the server", "writing outside", "environment of others", "network, TCP", "network, UDP"),
    *("abstract socket", "socket file", "other processes", "signals to the server"),
}

WITHOUT_A_FILTER = {
    "file locks",
    "file watches",
    "key rings",
    "shared tables",
    "foreign system calls",
    *MISSING["filter"],
}

#: What it finds open when something slips through that no layer stands for.
SLIPS = {"altering the input", "environment", "descriptors"}

#: Who may have been root, or free to gain privileges, before us: then it is seen without a wall.
USER = {"user"}

PRIVILEGES = {"new privileges", "no new privileges, seen from outside"}


def open_layers(report):
    return {layer.name for layer in report.layers if not layer.is_closed}


def test_every_layer_of_the_check_is_seen_open_by_a_test_of_this_page():
    seen = set().union(
        *MISSING.values(), WITHOUT_A_WALL, WITHOUT_A_FILTER, SLIPS, USER, PRIVILEGES, OWN_NAMESPACES
    )
    assert {layer.name for layer in jail.check().layers} == seen


@pytest.mark.parametrize("name", MISSING)
def test_the_gate_is_red_when_a_layer_is_missing(name):
    report = jail.check(off=(name,))
    assert report.level == "A"
    assert MISSING[name] <= open_layers(report)
    with pytest.raises(JailError, match="nothing untrusted may run"):
        report.raise_if_open()


def test_a_process_without_walls_is_seen_for_what_it_is_from_outside():
    with subprocess.Popen(["sleep", "60"]) as child:
        seen = CheckReport("A", seen_from_outside(os.getpid(), os.getpid()))
        child.kill()
    free = {"no new privileges, seen from outside"} if canary_calls.status("NoNewPrivs") == "0" else set()
    assert open_layers(seen) >= {*OWN_NAMESPACES, "filters, seen from outside", *free}


def test_an_input_that_is_not_sealed_is_found(monkeypatch):
    monkeypatch.setattr(sealed, "_SEALS", 0)
    assert open_layers(jail.check()) == {"altering the input"}


def test_a_variable_that_slips_into_the_environment_is_found(monkeypatch):
    options = bubblewrap.options
    leak = ["--setenv", "DATABOARD_SECRET_KEY", "k"]
    monkeypatch.setattr(bubblewrap, "options", lambda *args, **words: [*options(*args, **words), *leak])
    assert open_layers(jail.check()) == {"environment"}


def test_a_descriptor_that_slips_in_is_found(monkeypatch):
    run_in = check.run_in
    monkeypatch.setattr(
        check, "run_in", lambda cell, inputs, **words: run_in(cell, inputs=inputs * 2, **words)
    )
    assert open_layers(jail.check()) == {"descriptors"}
