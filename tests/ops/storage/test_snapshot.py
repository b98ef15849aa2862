"""What is stored on a day: what is counted, days that nobody measured, and which days a range shows."""

from datetime import date, timedelta

import pytest

from databoard.errors import InvalidParameter
from databoard.models import StoragePoint, SubmissionFile
from databoard.ops.storage.snapshot import take_snapshot
from databoard.queries.storage import day_range, shown_days
from databoard.services.submissions import submit

DAY = timedelta(days=1)


def points(session, day):
    """Return the points of a day by category."""
    session.expire_all()
    rows = session.query(StoragePoint).filter_by(day=day)
    return {row.category: (row.bytes, row.is_estimated) for row in rows}


def add(session, *days, size=8):
    for day in days:
        sizes = {"total": 3 * size, "users": size, "events": size, "admin": size, "orphaned": size}
        for category, n_bytes in sizes.items():
            session.add(StoragePoint(day=day, category=category, bytes=n_bytes))
    session.commit()


def test_what_is_stored_is_counted_for_whom_it_is(sessions, session, owls, alice, store, now):
    before = take_snapshot(sessions, store, now=now).categories
    facts = {"event_team": owls, "name": "mine", "store": store, "now": now, "is_forced": True}
    for content in (b"a = 1\n", b"b = 22\n"):
        row = submit.deposit(session, files={"classifier.py": content}, **facts)
    row.user, row.predictions_key = alice, "lease"
    session.commit()
    folder = store.predictions_path(row.id, "lease")
    folder.mkdir(parents=True)
    (folder / "predictions.npz").write_bytes(b"x" * 100)
    (store.home / "dump").write_bytes(b"x" * 1000)
    (store.home / "link").hardlink_to(store.home / "dump")
    after = take_snapshot(sessions, store, now=now).categories
    grown = {name: after[name] - before.get(name, 0) for name in after}
    admin = grown.pop("admin")
    event, user = f"event:{owls.event_id}", f"user:{alice.id}"
    assert {name: size for name, size in grown.items() if size} == {
        "total": 107 + 6 + admin, "users": 107, "events": 107, "orphaned": 6, event: 107, user: 107,
    }  # fmt: skip
    assert 1000 <= admin < 1000 + (1 << 20)  # and the database of SQLite, whose file grows in pages


def test_the_total_is_the_sum_and_what_is_on_the_disk(sessions, store, now):
    (store.home / "web.log").write_bytes(b"x" * (4 << 20))  # more than a write of SQLite adds to its files
    found = take_snapshot(sessions, store, now=now).categories
    on_disk = sum(path.stat().st_size for path in store.home.rglob("*") if path.is_file())
    assert found["total"] == found["users"] + found["admin"] + found["orphaned"]
    assert found["total"] == pytest.approx(on_disk, rel=0.01)


def test_a_second_snapshot_of_a_day_replaces_the_first(sessions, session, store, now):
    first = take_snapshot(sessions, store, now=now)
    kept = points(session, now.date())
    session.rollback()
    assert take_snapshot(sessions, store, now=now).categories.keys() == first.categories.keys()
    assert points(session, now.date()).keys() == kept.keys()


def test_days_that_nobody_measured_are_estimated_between_the_two_that_were(sessions, session, store, now):
    today = now.date()
    add(session, today - 4 * DAY, size=1 << 40)
    for _ in range(2):
        taken = take_snapshot(sessions, store, now=now)
        assert taken.n_estimated == 3
    for number in (1, 2, 3):
        found = points(session, today - (4 - number) * DAY)
        then, is_estimated = found["users"]
        assert is_estimated
        assert then == (1 << 40) + (taken.categories["users"] - (1 << 40)) * number // 4
        assert found["total"][0] == sum(found[name][0] for name in ("users", "admin", "orphaned"))
    assert not any(is_estimated for _, is_estimated in points(session, today - 4 * DAY).values())


def test_a_size_that_is_not_known_is_measured(sessions, session, owls, store, now):
    row = submit.deposit(
        session, event_team=owls, name="mine", files={"classifier.py": b"a = 1\n"}, store=store, now=now
    )
    session.query(SubmissionFile).filter_by(submission_id=row.id).update({"size_bytes": -1})
    session.commit()
    assert take_snapshot(sessions, store, now=now).unmeasured == ()
    assert session.query(SubmissionFile.size_bytes).filter_by(submission_id=row.id).scalar() == 6


def test_a_month_shows_its_last_snapshot(session):
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 30), date(2026, 11, 9), date(2026, 11, 15)]
    add(session, *days)
    chosen = {"start": "2026-09-01", "end": "2026-11-15"}
    shown = {
        name: shown_days(session, day_range(chosen | {"resolution": name}, days[-1]))
        for name in ("day", "week", "month")
    }
    weeks = [days[1], days[2], days[4]]  # 30 September and 1 October are one week, 9 and 15 November another
    assert shown == {"day": days, "week": weeks, "month": [days[0], days[2], days[4]]}


@pytest.mark.parametrize(
    "chosen", [{"start": "soon"}, {"end": "0001-01-01"}, {"start": "2027-01-01"}, {"start": "1990-01-01"}]
)
def test_a_range_that_is_none_is_refused(chosen):
    with pytest.raises(InvalidParameter, match=r"Expected (start|end)"):
        day_range(chosen, date(2026, 11, 24))
