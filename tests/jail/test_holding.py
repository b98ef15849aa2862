"""Cells where user namespaces do not nest: by a zygote that holds capabilities, as root and as an ordinary user."""

import contextlib
import json
import os
import time
from pathlib import Path

import pytest

from databoard import jail
from databoard.errors import JailError
from databoard.jail import InnerWallError, Limits, Recipe, Zygote, bubblewrap, uids
from databoard.jail.cell import Cell
from databoard.jail.self_check import check as checking

PROJECT = Path(__file__).resolve().parents[2]
REPORT = f"""
import sys; sys.path.insert(0, {str(PROJECT / "tools")!r})
import json, os, bwrap_without_nesting
from databoard import jail
with bwrap_without_nesting.refused():
    report = jail.check()
print(json.dumps([os.geteuid(), report.level, report.is_warm,
                  [layer.name for layer in report.layers if not layer.is_closed]]))
"""
#: Prints what the process that entered has open, its capabilities, and whether the zygote knows a secret.
WAITING = """
import os
from databoard.jail import Recipe, Zygote, bubblewrap
from databoard.jail.self_check import check as checking
os.environ["DATABOARD_SECRET"] = "x"
zygote = Zygote(Recipe(checking._CANARY, checking._PARTS, (), bubblewrap.own_interpreter()), (), is_holding=True)
waiting = zygote._wall.process.pid
print(sorted(os.listdir(f"/proc/{waiting}/fd")))
print([line.split()[1] for line in open(f"/proc/{waiting}/status") if line.startswith(("CapPrm", "CapBnd"))])
print(open(f"/proc/{zygote.root}/environ").read().count("DATABOARD_SECRET"))
zygote.close()
"""
LIMITS = Limits(memory_bytes=256 << 20, disk_bytes=16 << 20)


@pytest.fixture
def zygote():
    """A zygote that holds capabilities."""
    recipe = Recipe(checking._CANARY, checking._PARTS, (), bubblewrap.own_interpreter())
    zygote = Zygote(recipe, (), is_holding=True)
    yield zygote
    zygote.close()


def status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (
            b"the inner wall failed: PermissionError: [Errno 1] unshare: Operation not permitted\n",
            InnerWallError,
        ),
        (b"", JailError),  # the zygote could not fork: it has no room for a process just now
    ],
)
def test_only_a_wall_that_the_kernel_refused_is_a_matter_of_walls(words, kind):
    cell = Cell()
    with contextlib.ExitStack() as inside:
        os.write(cell.ends(inside)[1], words)
    with pytest.raises(JailError, match="The inner wall cannot be raised") as refused:
        cell.await_wall()
    cell.close()
    assert type(refused.value) is kind


def test_every_layer_of_its_cells_is_closed(without_nesting):
    with without_nesting.refused():
        report = jail.check()
    assert (report.level, report.is_warm) == ("B", True)
    assert [layer for layer in report.layers if not layer.is_closed] == []
    names = {layer.name for layer in report.layers}
    assert names == {layer.name for layer in jail.check().layers}  # as many as at level A


def test_every_layer_of_its_cells_is_closed_for_an_ordinary_user(start, ordinary_user):
    output, errors = start(REPORT, prefix=ordinary_user).communicate(timeout=120)
    uid, *found = json.loads(output or "[0]")
    assert uid != 0 and found == ["B", True, []], errors


def test_a_layer_that_is_left_out_of_its_cells_is_seen(without_nesting):
    with without_nesting.refused():
        report = jail.check(off=("ipc", "uts", "landlock"))
    assert {layer.name for layer in report.layers if not layer.is_closed} == {
        "own ipc namespace", "own uts namespace", "paths beyond the list",
    }  # fmt: skip


def test_it_uses_no_capability_until_it_makes_a_cell(zygote):
    held = {name: int(status(zygote.root)[name], 16) for name in ("CapEff", "CapInh", "CapAmb", "CapPrm")}
    assert held.pop("CapPrm") != 0 and set(held.values()) == {0}
    assert status(zygote.root)["NoNewPrivs"] == "1" and status(zygote.root)["Seccomp"] == "2"
    assert "0" not in status(zygote.root)["Uid"].split()


def divider(pid):
    """Return what no two cells have in common: root's cells have a user id each, others a user namespace each."""
    return status(pid)["Uid"] if os.geteuid() == 0 else os.readlink(f"/proc/{pid}/ns/user")


def walled_in(zygote, others):
    """Return a new cell that is divided from others; its wall is being raised when it is handed out."""
    cell = zygote.cell(LIMITS)
    deadline = time.monotonic() + 30
    while divider(cell.root) in others:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return cell


def test_its_cells_are_divided(zygote):
    first = walled_in(zygote, {divider(zygote.root)})
    second = walled_in(zygote, {divider(zygote.root), divider(first.root)})
    first.close()
    second.close()


@pytest.fixture
def few_ids(monkeypatch):
    """Two user ids for root's jails, from a range that no other run on this machine leases from."""
    monkeypatch.setattr(uids, "FIRST_UID", uids.FIRST_UID + uids.N_UIDS + 2 * (os.getpid() % 2000))
    monkeypatch.setattr(uids, "N_UIDS", 2)


def test_the_user_id_of_a_cell_is_free_again_when_it_is_closed(few_ids, zygote):
    for _ in range(4):  # one id is the zygote's
        zygote.cell(LIMITS).close()


def test_what_enters_holds_no_descriptor_and_no_capability_while_it_waits(start, ordinary_user):
    output, errors = start(WAITING, prefix=ordinary_user).communicate(timeout=120)
    assert output.split("\n")[:3] == ["['0', '1', '2']", f"{['0' * 16] * 2}", "0"], errors
