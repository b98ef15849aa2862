"""How many bytes an account and an event may keep: never one more, also when fifty save at once."""

from io import BytesIO

import pytest

from databoard.errors import QuotaExceeded
from databoard.models import Event, Submission, User
from databoard.services.base import setters, storage_quota
from databoard.services.submissions import submit
from databoard.services.teams import sandbox

SIZE = 100


def code(number):
    """Return a file of code of `SIZE` bytes."""
    return f"a = {number}\n".ljust(SIZE - 1, "#").encode() + b"\n"


def upload(session, event_team, user, store, now, number=0):
    facts = {"filename": "classifier.py", "stream": BytesIO(code(number)), "user": user}
    return sandbox.upload(session, event_team=event_team, store=store, now=now, **facts)


@pytest.mark.parametrize("of_event", [False, True])
def test_fifty_uploads_at_once_never_pass_a_quota(of_event, at_once, team_in, sessions, store, now):
    with sessions.begin() as session:
        alice = session.query(User).filter_by(name="alice").one()
        event = session.query(Event).one()
        used = storage_quota.used_by_event(session, event.id) if of_event else 0
        (event if of_event else alice).quota = used + 7 * SIZE + 99
        ids = event.id, alice.id

    def work(session, number):
        event_team = team_in(session, ("owls", "charlie")[number % 2])
        return upload(session, event_team, session.get(User, ids[1]), store, now, number)

    results = at_once(work, 50)
    refused = [result for result in results if isinstance(result, QuotaExceeded)]
    assert (results.count("classifier"), len(refused)) == (7, 43)
    with sessions() as session:
        counted = storage_quota.used_by_event(session, ids[0]) - used if of_event else None
        assert (counted if of_event else storage_quota.used_by_user(session, ids[1])) == 7 * SIZE


def test_what_does_not_fit_is_not_stored_and_what_is_deleted_gives_room(session, owls, alice, store, now):
    alice.quota = 2 * SIZE
    upload(session, owls, alice, store, now)
    row = submit.submit(session, event_team=owls, user=alice, name="first", store=store, now=now)
    there = sorted(store.home.glob("submissions/*/*"))
    with pytest.raises(QuotaExceeded, match=r"may keep 200 bytes and have 200\. What may be deleted"):
        upload(session, owls, alice, store, now, 1)
    assert sorted(store.home.glob("submissions/*/*")) == there
    submit.delete_submission(session, row, now=now)
    session.flush()
    assert upload(session, owls, alice, store, now, 1) == "classifier"


def test_a_submission_that_does_not_fit_is_refused(session, owls, alice, store, now):
    alice.quota = 2 * SIZE - 1
    upload(session, owls, alice, store, now)
    with pytest.raises(QuotaExceeded), session.begin_nested():
        submit.submit(session, event_team=owls, user=alice, name="first", store=store, now=now)
    assert session.query(Submission).count() == 0


def test_a_deposit_beyond_the_quota_of_the_event_is_refused(session, iris_event, owls, store, now):
    iris_event.quota = 1
    with pytest.raises(QuotaExceeded, match="This event may keep 1 bytes"):
        submit.deposit(
            session, event_team=owls, name="mine", files={"classifier.py": code(1)}, store=store, now=now
        )


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [("45GB", 45 * 10**9), ("1 GiB", 1 << 30), ("1.5kb", 1500), ("512", 512), ("7b", 7), ("2T", 2 * 10**12)],
)
def test_a_size_is_read_in_decimal_units_unless_it_says_otherwise(text, n_bytes):
    assert setters.size(text) == n_bytes


@pytest.mark.parametrize("text", ["", "GB", "-1", "1e9", "9999999TB", "١GB", "nan"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        setters.size(text)
