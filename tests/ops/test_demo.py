"""The demo: once, with passwords of nobody else, never in production."""

from types import SimpleNamespace

import pytest

from databoard.errors import RuleError
from databoard.models import Event, Submission, User
from databoard.ops import demo
from databoard.services.people import accounts


@pytest.fixture
def provision(session, store, now, monkeypatch):
    """Provision the demo with the iris problem alone."""
    monkeypatch.setattr(demo, "EVENTS", {"iris": "iris_test"})
    monkeypatch.setattr(demo, "TEAMS", {"foxes": ("dana", "erik"), "fatou": ("fatou",)})
    return lambda: list(demo.provision(session, store=store, now=now))


def test_the_demo_is_refused_in_production():
    with pytest.raises(RuleError, match=r"got production. Nothing was done"):
        demo.refuse_in_production(SimpleNamespace(is_production=True))
    assert demo.refuse_in_production(SimpleNamespace(is_production=False)) is None


def test_provisioning_twice_adds_nothing(session, iris_event, provision):
    assert provision()[0].startswith("Created 3 accounts.")
    before = [session.query(table).count() for table in (User, Event, Submission)]
    logins = provision()
    assert not logins[0].startswith("Created")
    assert [session.query(table).count() for table in (User, Event, Submission)] == before


def test_logins_are_for_their_owner_alone_and_work(session, iris_event, provision, store, now):
    provision()
    path = demo.logins_path(store)
    assert path.stat().st_mode & 0o777 == 0o600
    for line in path.read_text().splitlines():
        name, password, *_ = line.split()
        assert (
            accounts.authenticate(session, login=name, password=password, address="x", now=now).name == name
        )


def test_passwords_are_random(session, iris_event, provision, store):
    provision()
    passwords = [line.split()[1] for line in demo.logins_path(store).read_text().splitlines()]
    assert len(set(passwords)) == len(passwords) == 3
    assert min(map(len, passwords)) >= 16


def test_lost_logins_are_told_and_not_a_crash(store):
    assert demo.logins_text(store).endswith("with their passwords does not.")
    demo.logins_path(store).write_text("dana secret\n")
    assert demo.logins_text(store).endswith("demo_logins.txt:\ndana secret")


def test_logins_of_a_run_that_was_rolled_back_are_forgotten(session, iris_event, provision, store, now):
    session.commit()
    provision()
    session.rollback()
    provision()
    lines = demo.logins_path(store).read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["dana", "erik", "fatou"]
    password = lines[0].split()[1]
    assert (
        accounts.authenticate(session, login="dana", password=password, address="x", now=now).name == "dana"
    )
