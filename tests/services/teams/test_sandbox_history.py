"""Every saved version is kept for a while, and a team can go back to it."""

from datetime import timedelta

import pytest

from databoard.errors import Conflict, NotFound
from databoard.models import SandboxFile, SandboxVersion
from databoard.queries import sandbox as sandbox_queries
from databoard.queries import sandbox_history as sandbox_history_queries
from databoard.services.teams import sandbox, sandbox_history
from databoard.services.teams.sandbox_rows import AGELESS_VERSIONS, Retention


@pytest.fixture
def save(session, owls, alice, store, now):
    def save(text, *, days=0, retention=None):
        sandbox.save(
            session,
            event_team=owls,
            texts={"classifier": text},
            user=alice,
            store=store,
            now=now + timedelta(days=days),
            retention=retention or Retention(),
        )

    return save


@pytest.fixture
def kept(session, owls, store):
    """The texts of the versions, the latest first."""

    def kept():
        rows = sandbox_history_queries.listed(session, event_team=owls).rows
        views = (
            sandbox_history_queries.view(session, event_team=owls, version_id=row.id, store=store)
            for row in rows
        )
        return [view.text for view in views]

    return kept


@pytest.fixture
def restore(session, owls, bob, store, now):
    def restore(version, shown=None):
        return sandbox_history.restore(
            session,
            event_team=owls,
            version_id=version.id,
            shown=version.current if shown is None else shown,
            user=bob,
            store=store,
            now=now + timedelta(hours=1),
        )

    return restore


def test_the_history_begins_with_the_starting_kit_and_has_every_save(session, save, owls, now):
    for number in range(3):
        save(f"rate = {number}", days=number)
    rows = sandbox_history_queries.listed(session, event_team=owls).rows
    assert [row.saved_by for row in rows] == ["alice"] * 3 + ["starting kit"]
    assert [row.saved_at for row in rows[:3]] == [now + timedelta(days=days) for days in (2, 1, 0)]
    assert [row.is_current for row in rows] == [True, False, False, False]
    assert {row.filename for row in rows} == {"classifier.py"}


def test_saving_the_same_again_makes_no_version(save, kept):
    for _ in range(3):
        save("rate = 1")
    assert len(kept()) == 2


def test_the_latest_versions_are_kept_up_to_a_number(save, kept):
    for number in range(12):
        save(f"rate = {number}", retention=Retention(max_versions=7))
    assert kept() == [f"rate = {number}\n" for number in range(11, 4, -1)]


def test_old_versions_go_when_the_file_is_saved_and_the_latest_stay(save, kept):
    retention = Retention(max_age=timedelta(days=30))
    for number in range(8):
        save(f"rate = {number}", retention=retention)
    save("rate = new", days=31, retention=retention)
    assert kept() == ["rate = new\n", *(f"rate = {number}\n" for number in (7, 6, 5, 4))]
    assert len(kept()) == AGELESS_VERSIONS


def test_versions_of_other_teams_and_files_are_left_alone(session, save, charlies):
    before = session.query(SandboxVersion).filter_by(event_team_id=charlies.id).count()
    for number in range(9):
        save(f"rate = {number}", retention=Retention(max_versions=5))
    assert session.query(SandboxVersion).filter_by(event_team_id=charlies.id).count() == before == 1


def test_a_file_from_before_there_were_versions_gets_one_when_it_is_replaced(session, save, kept, owls):
    save("rate = old")
    session.query(SandboxVersion).delete()
    session.commit()
    save("rate = new", days=1)
    assert kept() == ["rate = new\n", "rate = old\n"]


def test_going_back_makes_the_old_version_the_latest_and_keeps_what_was(
    session, save, kept, owls, restore, store
):
    save("rate = 1")
    save("rate = 2")
    old = sandbox_history_queries.listed(session, event_team=owls).rows[1]
    restore(old)
    assert sandbox_queries.files(session, event_team=owls, store=store)[0].text == "rate = 1\n"
    assert kept()[:3] == ["rate = 1\n", "rate = 2\n", "rate = 1\n"]
    assert sandbox_history_queries.listed(session, event_team=owls).rows[0].saved_by == "bob"


def test_going_back_over_a_version_that_the_page_did_not_show_is_refused(session, save, kept, owls, restore):
    save("rate = 1")
    starting_kit = sandbox_history_queries.listed(session, event_team=owls).rows[1]
    save("rate = 2")
    for shown in (starting_kit.current, ""):
        with pytest.raises(Conflict, match=r"alice saved classifier\.py at .* Open the history again"):
            restore(starting_kit, shown)
    assert kept()[0] == "rate = 2\n"


def test_the_versions_of_another_team_are_not_there(session, owls, charlies, store, restore):
    theirs = session.query(SandboxVersion).filter_by(event_team_id=charlies.id).one()
    options = {"event_team": owls, "version_id": theirs.id}
    with pytest.raises(NotFound):
        sandbox_history_queries.view(session, store=store, **options)
    with pytest.raises(NotFound):
        restore(sandbox_history_queries.listed(session, event_team=charlies).rows[0])


def test_versions_leave_with_the_event_and_outlive_their_author(session, save, alice, owls, iris_event):
    save("rate = 1")
    session.delete(alice)
    session.flush()
    session.expire_all()
    assert [version.saved_by for version in session.query(SandboxVersion)] == [None] * 3
    session.delete(iris_event)
    session.flush()
    assert session.query(SandboxVersion).count() == session.query(SandboxFile).count() == 0
