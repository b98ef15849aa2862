"""Every test asks kits in processes that start warm."""

import subprocess
from types import SimpleNamespace

import pytest

from databoard.kits import client
from tests.support.warm_python import WarmPython


@pytest.fixture(scope="session", autouse=True)
def warm_questions():
    """Let a warm Python start what asks a kit; see `WarmPython`."""
    with WarmPython() as warm, pytest.MonkeyPatch.context() as patch:
        calls = SimpleNamespace(run=warm.run, TimeoutExpired=subprocess.TimeoutExpired)
        patch.setattr(client, "subprocess", calls)
        yield
