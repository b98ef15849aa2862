"""The files of statistics: hand-made numbers over two years."""

import csv
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from databoard.models import Event, EventTeam, Team, User
from databoard.ops import statistics
from databoard.services.people import accounts

NOW = datetime(2026, 3, 11, tzinfo=UTC)
PASSWORD = "four ordinary words"


@pytest.fixture
def site(session, tmp_path):
    """Everybody of the cast came in 2024; one in December 2025 and two in February 2026, at the edge of a month."""
    early = datetime(2024, 6, 1, tzinfo=UTC)
    session.execute(update(User).values(created_at=early))
    session.execute(update(Team).values(created_at=early))
    session.execute(update(EventTeam).values(signed_up_at=early))
    for number, at in enumerate(
        [
            datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC),
            datetime(2026, 2, 1, tzinfo=UTC),
            datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC),
        ]
    ):
        facts = {"name": f"new{number}", "email": f"new{number}@example.org", "password": PASSWORD}
        accounts.create_user(session, **facts, now=at)
    session.flush()
    return SimpleNamespace(home=tmp_path, hosts=("db.example.org",))


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_totals_carry_over_and_months_that_have_not_begun_are_empty(site, session):
    n_cast = session.query(User).count() - 3
    path, _ = statistics.write_year(site, session, 2026, now=NOW)
    rows = {row["what"]: row for row in read(path)}
    assert path.name == "databoard_2026.csv"
    months = ("jan", "feb", "mar", "apr", "total")
    assert [rows["new users"][name] for name in months] == ["0", "2", "0", "", "2"]
    assert [rows["total users"][name] for name in months] == [
        str(n_cast + 1),
        str(n_cast + 3),
        str(n_cast + 3),
        "",
        str(n_cast + 3),
    ]
    earlier, _ = statistics.write_year(site, session, 2025, now=NOW)
    before = {row["what"]: row for row in read(earlier)}
    assert (before["new users"]["dec"], before["total users"]["total"]) == ("1", str(n_cast + 1))


def test_submissions_are_counted_by_what_became_of_them_and_by_real_days(
    site, session, owls, alice, store, now
):
    from databoard.services.submissions import submit

    submission = submit.submit(session, event_team=owls, user=alice, name="first", store=store, now=now)
    submission.submitted_at = datetime(2026, 3, 1, tzinfo=UTC)
    session.flush()
    path, _ = statistics.write_year(site, session, 2026, now=NOW)
    rows = {row["what"]: row for row in read(path)}
    assert (rows["submissions"]["mar"], rows["scored"]["mar"], rows["failed"]["mar"]) == ("1", "0", "0")
    assert rows["submissions per day"]["mar"] == "0.1"  # ten days of March have passed


def test_the_events_file_has_a_row_for_each_public_event(site, session, iris_event, owls):
    iris_event.title = 'Iris, the "flower"'
    session.flush()
    path, _ = statistics.write_events(site, session)
    rows = read(path)
    n_public = session.query(Event).filter(Event.is_public, Event.opens_at.is_not(None)).count()
    assert len(rows) == n_public
    row = next(row for row in rows if row["event"] == "iris_test")
    assert (row["title"], row["url"]) == (iris_event.title, "https://db.example.org/events/iris_test")
    assert int(row["teams"]) >= 1
