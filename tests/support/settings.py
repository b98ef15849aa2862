"""Settings read from variables that a test names."""

import pytest

import config

#: A secret that production takes.
LONG = "a7Qk-x2Lm-9TzR-4bWc-Y8nP-e5Hd-uJ"


@pytest.fixture
def load(tmp_path):
    """Load settings from these variables alone."""
    return lambda **environ: config.load({"DATABOARD_HOME": str(tmp_path / "home"), **environ})
