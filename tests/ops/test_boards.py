"""Rebuilding the stored rows of boards: what differed is told and corrected."""

from types import SimpleNamespace

import pytest
from sqlalchemy import update

from databoard.errors import NotFound
from databoard.models import Event, LeaderboardRow
from databoard.ops import boards


@pytest.fixture
def settings(database_url):
    return SimpleNamespace(db_url=database_url, is_db_perf=False)


@pytest.fixture
def two_rows(session, owls, add_scored):
    rows = [add_scored(owls, name, valid={"acc": value}) for name, value in (("a", 0.5), ("b", 0.75))]
    session.commit()
    return rows


def found(settings, event_name=None):
    return dict(boards.rebuild(settings, event_name=event_name))


def test_right_boards_have_no_difference_and_keep_their_version(settings, session, iris_event, two_rows):
    version = iris_event.board_version
    assert found(settings) == {"iris_test": []}
    session.refresh(iris_event)
    assert iris_event.board_version == version


def test_wrong_missing_and_surplus_values_are_told_and_corrected(settings, session, iris_event, two_rows):
    session.execute(update(LeaderboardRow).where(LeaderboardRow.name == "a").values(public_key=-0.9))
    session.query(LeaderboardRow).filter_by(name="b").delete()
    session.execute(update(Event).values(n_board_rows=7))
    session.commit()
    [differences] = found(settings, "iris_test").values()
    told = {(row["submission"], row["column"]): (row["stored"], row["computed"]) for row in differences}
    assert told[("a", "public_key")] == (-0.9, -0.5)
    assert told[("b", "row")] == ("none", "there")
    assert told[("", "n_board_rows")] == (7, 2)
    assert found(settings, "iris_test") == {"iris_test": []}


def test_an_unknown_event_is_refused(settings):
    with pytest.raises(NotFound, match="nobody"):
        found(settings, "nobody")
