"""The share of the processors that a run has, where the kernel gives shares to sessions."""

from pathlib import Path

import pytest

from databoard.jail import shares

#: Prints the autogroup of the zygote's session, and that of a cell's once it has changed.
SHARES = """
import time
from databoard.jail import Limits, Recipe, Zygote, bubblewrap
from databoard.jail.self_check import check as checking
recipe = Recipe(checking._CANARY, checking._PARTS, (), bubblewrap.own_interpreter())
zygote = Zygote(recipe, (), is_holding={is_holding})
cell = zygote.cell(Limits(memory_bytes=256 << 20, disk_bytes=16 << 20))
def share(pid):
    return open(f"/proc/{{pid}}/autogroup").read().partition(" ")[2].strip()
deadline = time.monotonic() + 30
while share(cell.root) in ("nice 0", share(zygote.root)) != "" and time.monotonic() < deadline:
    time.sleep(0.01)
print([share(zygote.root), share(cell.root)])
cell.close()
zygote.close()
"""
HAS_AUTOGROUPS = Path("/proc/self/autogroup").exists() and Path("/proc/self/autogroup").read_text() != ""


@pytest.mark.parametrize("is_holding", [False, True])
@pytest.mark.parametrize("is_root", [False, True])
def test_a_run_has_a_smaller_share_than_the_pages_of_the_site(start, ordinary_user, is_root, is_holding):
    code = SHARES.format(is_holding=is_holding)
    output, errors = start(code, prefix=() if is_root else ordinary_user).communicate(timeout=120)
    expected = ["nice 0", f"nice {shares.MODEST}"] if HAS_AUTOGROUPS else ["", ""]
    assert output.strip() == str(expected), errors


def test_where_the_kernel_knows_no_shares_there_is_nothing_to_take(monkeypatch):
    monkeypatch.setattr(shares.os, "open", refuse)
    shares.Modest().take()


def refuse(*_):
    raise FileNotFoundError("/proc/self/autogroup")
