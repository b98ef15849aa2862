"""An event whose scores change, for tests of rescoring."""

import pytest

from tests.tasks.rescored_event import set_up


@pytest.fixture
def pair(tmp_path, home, database_url, now):
    """The event `pair` with a scored submission of the owls, then one of charlie, on each kind of database."""
    yield from set_up(tmp_path, home, database_url, now)


@pytest.fixture
def lone(tmp_path, home, sqlite_url, now):
    """The same on SQLite only."""
    yield from set_up(tmp_path, home, sqlite_url, now)
