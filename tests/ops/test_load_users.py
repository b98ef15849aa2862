"""The accounts of a load test: made, made again, removed with all they did; those of people stay."""

import csv
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from databoard.errors import Conflict, RuleError
from databoard.models import EventTeam, Submission, Team, User
from databoard.ops import load_users
from databoard.services.people import accounts
from databoard.services.submissions import submit
from databoard.services.teams import sandbox

TEST_SERVER = SimpleNamespace(is_production=False)


def add(session, store, now, n=2):
    return load_users.add(session, TEST_SERVER, n=n, event_name="iris_test", store=store, now=now)


def counts(session):
    session.expire_all()
    return [session.scalar(select(func.count(table.id))) for table in (User, Team, EventTeam, Submission)]


def test_each_account_logs_in_and_takes_part_in_the_event(session, iris_event, store, now):
    made = add(session, store, now)
    assert [user.name for user in made] == ["load_0001", "load_0002"]
    assert made[0].password != made[1].password
    for user in made:
        found = accounts.authenticate(session, login=user.name, password=user.password, address="a", now=now)
        assert found.is_approved
    teams = [row.team.name for row in iris_event.event_teams if row.is_approved]
    assert {"load_0001", "load_0002"} <= set(teams)


def test_a_second_call_gives_new_passwords_and_makes_what_is_missing(session, store, now):
    first, again = add(session, store, now), add(session, store, now, n=3)
    assert [user.name for user in again] == ["load_0001", "load_0002", "load_0003"]
    assert first[0].password != again[0].password


def test_they_are_removed_with_all_they_did_and_nobody_else_is(session, store, now):
    before = counts(session)
    add(session, store, now)
    user = accounts.user_by_name(session, "load_0001")
    team = session.scalar(select(EventTeam).join(Team).where(Team.name == "load_0001"))
    sandbox.save(session, event_team=team, texts={"classifier": "x = 1\n"}, user=user, store=store, now=now)
    submit.submit(session, event_team=team, user=user, name="first", store=store, now=now)
    session.flush()
    assert counts(session) == [n + more for n, more in zip(before, (2, 2, 2, 1), strict=True)]
    assert load_users.remove(session, now=now) == 2
    assert counts(session) == before
    assert load_users.remove(session, now=now) == 0


def test_an_account_of_a_person_with_such_a_name_is_not_taken_over(session, store, now):
    accounts.create_user(session, name="load_0001", email="l@example.org", password="x" * 12, now=now)
    with pytest.raises(Conflict):
        add(session, store, now)
    assert load_users.remove(session, now=now) == 0


def test_production_and_other_numbers_are_refused(session, store, now):
    with pytest.raises(RuleError, match="Expected a test server"):
        facts = {"n": 2, "event_name": "iris_test", "store": store, "now": now}
        load_users.add(session, SimpleNamespace(is_production=True), **facts)
    with pytest.raises(RuleError, match="from 1 to 1000, got 0"):
        add(session, store, now, n=0)


def test_only_the_owner_of_the_server_reads_the_passwords(tmp_path):
    path = tmp_path / "load_users.csv"
    load_users.write(path, [load_users.LoadUser("load_0001", "pass,word")])
    assert path.stat().st_mode & 0o077 == 0
    assert list(csv.DictReader(path.read_text().splitlines())) == [
        {"name": "load_0001", "password": "pass,word"}
    ]
