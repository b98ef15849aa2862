"""An event to which things happen at random."""

import pytest

from databoard import kits
from tests.support.board_course import Course


@pytest.fixture(scope="session")
def iris_kit(problems):
    return kits.prepare_and_describe(problems / "iris")


@pytest.fixture
def course(session, store, now, iris_event, owls, charlies, iris_kit):
    """An event and the things that happen to it."""
    return Course(session, store, now, iris_event, (owls, charlies), iris_kit)
