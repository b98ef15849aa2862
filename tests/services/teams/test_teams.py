"""Teams and their way into an event."""

import re
import shutil
from datetime import timedelta

import pytest

from databoard.errors import Conflict, Forbidden, NotFound, RuleError
from databoard.models import AuditEntry, Event, EventTeam, Problem, SandboxFile, Team
from databoard.queries import approvals
from databoard.services.base.files import FileStore
from databoard.services.people import accounts
from databoard.services.teams import sign_ups, teams


@pytest.fixture
def nina(session, now):
    """Somebody approved who takes part in nothing."""
    return accounts.create_user(session, name="nina", email="nina@example.org", password="x" * 10, now=now)


@pytest.fixture
def join(session, iris_event, store, now):
    return lambda user, at=now: sign_ups.sign_up(session, event=iris_event, user=user, store=store, now=at)


@pytest.fixture
def approve(session, store, now):
    def approve(ids, by):
        approval = sign_ups.approve_teams(session, event_team_ids=ids, by=by, store=store, now=now)
        assert approval.failures == ()
        return approval.n_approved

    return approve


@pytest.fixture
def waiting(session, iris_event, nina, join):
    """The row of nina, who waits to be let in."""
    iris_event.is_controlled_signup = True
    return join(nina)


def test_an_open_sign_up_lets_in_with_the_starting_kit(session, nina, now, join):
    row = join(nina)
    assert (row.team.name, row.approved_at, len(row.sandbox_files)) == ("nina", now, 1)


def test_signing_up_twice_is_one_sign_up(session, nina, join):
    assert join(nina) is join(nina)
    assert session.query(EventTeam).count() == 3


def test_whoever_is_in_a_team_of_the_event_signs_up_for_nothing_more(owls, bob, join):
    assert join(bob) is owls


def test_a_controlled_sign_up_waits(waiting):
    assert (waiting.is_approved, waiting.sandbox_files) == (False, [])


def test_sign_up_ends_with_the_event(iris_event, nina, join):
    with pytest.raises(RuleError, match="sign-up has ended"):
        join(nina, at=iris_event.closes_at)


def test_nobody_waiting_for_approval_and_no_stranger_to_a_private_event_signs_up(
    iris_event, wanda, nina, join
):
    with pytest.raises(Forbidden):
        join(wanda)
    iris_event.is_public = False
    with pytest.raises(Forbidden):
        join(nina)


def test_many_sign_ups_of_one_person_are_one(at_once, sessions, session, nina, store, now):
    from databoard.services.events import events

    session.commit()

    def work(session, number):
        event, user = events.event_by_name(session, "iris_test"), accounts.user_by_name(session, "nina")
        return sign_ups.sign_up(session, event=event, user=user, store=store, now=now).id

    assert len(set(at_once(work, 8))) == 1
    with sessions() as other:
        assert (other.query(EventTeam).count(), other.query(SandboxFile).count()) == (3, 3)


# Approval


@pytest.mark.parametrize("organiser", ["olga", "root"])
def test_whoever_runs_the_event_lets_in_once(request, session, waiting, approve, organiser, now):
    by = request.getfixturevalue(organiser)
    assert [row.team_name for row in approvals.pending_teams(session, user=by).rows] == ["nina"]
    assert approve([waiting.id], by) == 1
    assert (waiting.approved_at, len(waiting.sandbox_files)) == (now, 1)
    assert approve([waiting.id], by) == 0


@pytest.mark.parametrize("somebody", ["alice", "wanda", "nina"])
def test_nobody_else_decides(request, session, waiting, approve, somebody, now):
    by = request.getfixturevalue(somebody)
    assert approvals.pending_teams(session, user=by).total == 0
    assert approve([waiting.id], by) == 0
    assert sign_ups.refuse_teams(session, event_team_ids=[waiting.id], by=by, now=now) == 0
    assert session.get(EventTeam, waiting.id) is waiting


SPOILT = {
    "no_text": (b"rate = 1\n\xff\n", r"classifier\.py, line 2: Expected UTF-8 text"),
    "too_large": (b"#" * (2 << 20), r"classifier\.py: Expected a file of at most"),
    "absent": (None, "has no files"),
}


@pytest.mark.parametrize(("content", "reason"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_starting_kit_holds_up_only_its_own_event(
    session, iris_event, waiting, spoilt_event, home, problems, root, nina, now, tmp_path, content, reason
):
    store = FileStore(home, tmp_path / "kits")
    shutil.copytree(problems / "iris", store.kit_path("iris"), ignore=shutil.ignore_patterns("data"))
    if content is not None:
        (store.kit_path("spoilt") / "starting_kit").mkdir(parents=True)
        (store.kit_path("spoilt") / "starting_kit" / "classifier.py").write_bytes(content)
    stuck = sign_ups.sign_up(session, event=spoilt_event, user=nina, store=store, now=now)
    later = sign_ups.sign_up(session, event=iris_event, user=root, store=store, now=now)
    ids = [stuck.id, waiting.id, later.id]
    approval = sign_ups.approve_teams(session, event_team_ids=ids, by=root, store=store, now=now)
    session.commit()
    (failure,) = approval.failures
    assert (approval.n_approved, failure.team_name, failure.event_name) == (2, "nina", "spoilt_test")
    assert re.search(reason, failure.reason)
    assert (waiting.is_approved, later.is_approved, stuck.is_approved) == (True, True, False)
    assert [len(row.sandbox_files) for row in (waiting, later, stuck)] == [1, 1, 0]
    assert [row.id for (row,) in session.execute(teams.waiting_sign_ups(root))] == [stuck.id]
    assert session.query(AuditEntry).filter_by(action="approve_team", actor=root).count() == 2


@pytest.fixture
def spoilt_event(session, iris_event, now):
    """An event of another problem, of the workflow of iris; its kit is not there yet."""
    event = Event(
        problem=Problem(
            name="spoilt",
            title="Spoilt",
            workflow=iris_event.problem.workflow,
            kit_version="0" * 64,
            created_at=now,
        ),
        name="spoilt_test",
        title="Spoilt",
        opens_at=now,
        is_controlled_signup=True,
        wall_time_limit_s=60,
        memory_limit_bytes=1 << 30,
        max_processes=8,
        log_limit_bytes=1 << 16,
        created_at=now,
    )
    session.add(event)
    session.flush()
    return event


def test_refusing_takes_a_waiting_sign_up_back_and_no_other(session, waiting, owls, olga, now):
    ids = [waiting.id, owls.id]
    assert sign_ups.refuse_teams(session, event_team_ids=ids, by=olga, now=now) == 1
    assert (session.get(EventTeam, ids[0]), session.get(EventTeam, ids[1]).is_approved) == (None, True)
    assert session.query(AuditEntry).filter_by(action="refuse_team").one().detail == {"team": "nina"}


def test_many_approvals_at_once_fill_one_sandbox(at_once, sessions, session, waiting, store, now):
    row_id = waiting.id
    session.commit()

    def work(session, number):
        by = accounts.user_by_name(session, ("olga", "root")[number % 2])
        return sign_ups.approve_teams(
            session, event_team_ids=[row_id], by=by, store=store, now=now
        ).n_approved

    assert sorted(at_once(work, 8)) == [0] * 7 + [1]
    with sessions() as other:
        assert other.query(SandboxFile).filter_by(event_team_id=row_id).count() == 1


def test_approved_and_refused_at_once_is_one_of_both(at_once, sessions, session, waiting, store, now):
    row_id = waiting.id
    session.commit()

    def work(session, number):
        by = accounts.user_by_name(session, "olga")
        if number % 2:
            return sign_ups.refuse_teams(session, event_team_ids=[row_id], by=by, now=now)
        return sign_ups.approve_teams(
            session, event_team_ids=[row_id], by=by, store=store, now=now
        ).n_approved

    decided = at_once(work, 6)
    with sessions() as other:
        assert (other.get(EventTeam, row_id) is not None) == (1 in decided[::2])
    assert sum(decided) == 1


# Teams of several


def test_a_team_of_too_many_is_refused(session, iris_event, alice, bob, charlie, store, now):
    crowd = teams.create_team(session, name="crowd", members=[alice, bob, charlie], now=now)
    with pytest.raises(RuleError, match="at most 2 for iris_test, got crowd with 3 members"):
        sign_ups.sign_up_team(session, event=iris_event, team=crowd, store=store, now=now)


def test_one_person_is_in_one_team_of_an_event(session, iris_event, alice, nina, store, now):
    pair = teams.create_team(session, name="pair", members=[alice, nina], now=now)
    with pytest.raises(Conflict, match="alice takes part in iris_test in another team already"):
        sign_ups.sign_up_team(session, event=iris_event, team=pair, store=store, now=now)


def test_signing_a_team_up_again_changes_nothing(session, owls, iris_event, store, now):
    before = owls.approved_at
    later = now + timedelta(hours=1)
    assert sign_ups.sign_up_team(session, event=iris_event, team=owls.team, store=store, now=later) is owls
    assert owls.approved_at == before


def test_making_a_team_again_returns_it_and_with_others_is_refused(session, owls, alice, bob, now):
    assert teams.create_team(session, name="OWLS", members=[bob, alice], now=now) is owls.team
    with pytest.raises(Conflict, match="with other members"):
        teams.create_team(session, name="owls", members=[alice], now=now)


@pytest.mark.parametrize("name", ["", "a b", "1st", "x" * 21])
def test_a_team_name_that_is_no_name_is_refused(session, alice, now, name):
    with pytest.raises(RuleError, match="Expected a team name"):
        teams.create_team(session, name=name, members=[alice], now=now)


def test_a_team_is_found_in_any_case_or_not_at_all(session):
    assert teams.team_by_name(session, "Owls").name == "owls"
    with pytest.raises(NotFound, match="'bats'"):
        teams.team_by_name(session, "bats")


def test_many_accounts_of_one_name_at_once_are_one(at_once, sessions, now):
    def work(session, number):
        email = f"n{number}@example.org"
        return accounts.create_user(session, name="nina", email=email, password="x" * 10, now=now).name

    outcomes = at_once(work, 6)
    assert outcomes.count("nina") == 1
    assert all(isinstance(outcome, Conflict) for outcome in outcomes if outcome != "nina")
    with sessions() as other:
        assert other.query(Team).filter_by(name="nina").count() == 1
