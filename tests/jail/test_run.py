"""Starting a run, and failing to."""

import pytest

from databoard import jail
from databoard.errors import JailError
from databoard.jail import Limits, bubblewrap, wall


def test_a_bubblewrap_that_cannot_start_is_ours(monkeypatch):
    monkeypatch.setattr(bubblewrap, "options", lambda parts, limits: ["--no-such-option"])
    with pytest.raises(JailError, match="could not start"):
        jail.run("databoard.jail.canary", reader=lambda channel: None, limits=Limits())


def test_a_start_that_is_given_up_leaves_no_process(monkeypatch):
    started = []
    popen = wall._popen
    monkeypatch.setattr(wall, "_popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    monkeypatch.setattr(wall.re, "search", lambda pattern, text: None)
    with pytest.raises(JailError, match="could not start"):
        jail.run("databoard.jail.canary", reader=lambda channel: None, limits=Limits())
    assert wall.processes.tree_of(started[0].pid, is_root_counted=True).pids == ()
