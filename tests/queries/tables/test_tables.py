"""The tables of the administration: filters, pages, and whose rows an organiser sees."""

from datetime import timedelta

import pytest

from databoard.errors import InvalidParameter, NotFound
from databoard.models import Event, EventAdmin, User
from databoard.queries.paging import Position
from databoard.queries.tables import catalogue
from databoard.queries.tables.table import Asked
from databoard.services.base import audit
from databoard.services.people import accounts
from tests import busy_site

PASSWORD = "four ordinary words"


@pytest.fixture
def facts(session, store, now):
    """A site with some of everything."""
    return busy_site.fill(session, store, now)


@pytest.fixture
def shown(session, facts, now):
    """Return a function that reads records of a table as somebody, the command line by default."""

    def shown(name, *, as_user=None, size=100, after=None, **chosen):
        viewer = session.query(User).filter_by(name=as_user).one() if as_user else None
        position = Position(after, is_strict=True) if after else None
        asked = Asked(viewer, now, 60, size, chosen, position)
        table = catalogue.table(name)
        page = table.page(session, asked)
        return table.records(page.rows), page

    return shown


def test_an_unknown_table_names_all():
    with pytest.raises(NotFound, match="jobs, workers, submissions"):
        catalogue.table("cakes")


def test_every_table_keeps_its_word(shown):
    """Each column in each record; each filter chooses the rows of its value, and what is unknown is refused."""
    for name, table in catalogue.TABLES.items():
        records, _ = shown(name)
        assert records
        assert all(list(record) == [column.name for column in table.columns] for record in records)
        for each in table.filters:
            # An age is no column: what it chooses is tested with the page of jobs.
            record = next((record for record in records if record.get(each.name) is not None), None)
            if record is not None:
                chosen, _ = shown(name, **{each.name: str(record[each.name])})
                assert record in chosen
                assert {row[each.name] for row in chosen} == {record[each.name]}
            with pytest.raises(InvalidParameter, match=each.name):
                shown(name, **{each.name: "x" * 201})
        with pytest.raises(InvalidParameter, match="Its filters: "):
            shown(name, cake="yes")
        with pytest.raises(InvalidParameter, match="1 to 1000 rows"):
            shown(name, size=0)


def test_a_submission_has_its_official_score_and_one_that_waits_has_none(shown):
    records = shown("submissions")[0]
    by_state = {record["state"]: record for record in records}
    assert by_state["scored"]["score"] is not None
    assert [record["score"] for record in records if record["state"] != "scored"] == [None] * (
        len(records) - sum(record["state"] == "scored" for record in records)
    )


def test_an_organiser_sees_the_rows_of_their_events_only(shown, session, now):
    nora = accounts.create_user(session, name="nora", email="n@example.org", password=PASSWORD, now=now)
    quiet = session.query(Event).filter_by(name="iris_quiet").one()
    session.add(EventAdmin(event=quiet, admin=nora))
    session.flush()
    assert {row["event"] for row in shown("events", as_user="nora")[0]} == {"iris_quiet"}
    for name in ("jobs", "submissions"):
        assert shown(name, as_user="nora")[0] == []
        assert shown(name, as_user="root")[0] == shown(name)[0] != []


def test_pages_have_no_gap_and_no_row_twice_while_rows_are_added(shown, session, now):
    someone = session.query(User).filter_by(name="alice").one()
    for number in range(25):
        audit.record_on(session, someone, f"old_{number}", actor=None, now=now + timedelta(seconds=number))
    session.flush()
    before = {record["id"] for record in shown("audit")[0]}
    seen, after = [], None
    for _ in range(10):
        records, page = shown("audit", size=10, after=after)
        seen += [record["id"] for record in records]
        audit.record_on(session, someone, "new", actor=None, now=now + timedelta(hours=1))
        session.flush()
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen)) and set(seen) == before
