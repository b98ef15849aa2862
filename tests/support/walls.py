"""Jails on a machine that lets nobody nest user namespaces."""

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "bwrap_without_nesting.py"


@pytest.fixture(scope="session")
def without_nesting():
    """The tool that has bubblewrap start what may not nest user namespaces."""
    spec = importlib.util.spec_from_file_location("bwrap_without_nesting", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
