"""Contents go only when no row has named them for the grace period; nobody's file is ever missing."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from databoard.errors import NotFound
from databoard.models import SandboxFile, SandboxVersion, SubmissionFile
from databoard.services.base import content_trash
from databoard.services.base.database import metadata
from databoard.services.base.trash import Emptied
from databoard.services.submissions import submit as submissions
from databoard.services.teams import sandbox
from databoard.services.teams.sandbox_rows import Retention

KEEP = timedelta(hours=1)


@pytest.fixture
def empty(session, store):
    return lambda at: content_trash.empty(session, store=store, now=at, keep=KEEP)


@pytest.fixture
def save(session, owls, alice, store, now):
    """Save a text; only the latest version is kept. Returns the address of its content."""

    def save(text):
        facts = {"user": alice, "store": store, "now": now, "retention": Retention(max_versions=1)}
        sandbox.save(session, event_team=owls, texts={"classifier": text}, **facts)
        return session.query(SandboxFile).filter_by(event_team_id=owls.id).one().sha256

    return save


@pytest.fixture
def forgotten(save, store):
    """A content whose last version was removed by its age."""
    sha256 = save("rate = 1")
    save("rate = 2")
    path = store.home / "submissions" / sha256[:2] / sha256
    os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**12))  # written long before whatever follows
    return sha256


def is_there(store, sha256):
    try:
        return bool(store.read(sha256))
    except NotFound:
        return False


def named(session):
    columns = (SandboxFile.sha256, SandboxVersion.sha256, SubmissionFile.sha256)
    return {sha256 for column in columns for sha256 in session.scalars(select(column))}


def test_a_forgotten_version_is_removed_when_the_grace_is_over(session, store, empty, forgotten, now):
    assert empty(now) == empty(now + KEEP - timedelta(seconds=1)) == Emptied(0, 1)
    assert is_there(store, forgotten)
    assert empty(now + KEEP) == Emptied(1, 0)
    assert not is_there(store, forgotten)
    assert named(session) and all(is_there(store, sha256) for sha256 in named(session))
    assert empty(now + 2 * KEEP) == Emptied(0, 0)
    assert list((store.home / "trash" / "contents").iterdir()) == []


@pytest.mark.parametrize("model", [SandboxFile, SandboxVersion, SubmissionFile])
def test_one_row_of_any_kind_is_enough(session, store, owls, alice, empty, save, now, model):
    sha256 = save("rate = 1")
    submissions.submit(session, event_team=owls, user=alice, name="first", store=store, now=now)
    for other in {SandboxFile, SandboxVersion, SubmissionFile} - {model}:
        session.query(other).filter_by(sha256=sha256).delete()
    assert session.query(model).filter_by(sha256=sha256).count() == 1
    assert empty(now) == empty(now + KEEP) == Emptied(0, 0)
    session.query(model).filter_by(sha256=sha256).delete()
    assert (empty(now), empty(now + KEEP)) == (Emptied(0, 1), Emptied(1, 0))


def test_every_column_that_names_a_content_is_asked():
    columns = {str(column) for table in metadata.tables.values() for column in table.columns}
    holding = {name for name in columns if "sha256" in name}
    assert {str(column) for column in content_trash.NAMING} == holding
    assert len(holding) == 3


def test_a_content_that_two_teams_share_stays_for_the_other(
    session, store, charlies, charlie, empty, save, now
):
    sha256 = save("rate = 1")
    texts = {"classifier": "rate = 1"}
    sandbox.save(session, event_team=charlies, texts=texts, user=charlie, store=store, now=now)
    save("rate = 2")
    assert empty(now) == empty(now + KEEP) == Emptied(0, 0)
    assert is_there(store, sha256)


def test_a_change_that_is_rolled_back_costs_no_file(session, store, owls, empty, save, now):
    sha256 = save("rate = 1")
    session.commit()
    save("rate = 2")
    session.rollback()
    assert (empty(now), empty(now + KEEP)) == (Emptied(0, 1), Emptied(1, 0))  # that of the second text
    assert is_there(store, sha256)


def test_what_is_saved_again_is_kept_before_its_row_is_committed(store, empty, forgotten, now):
    empty(now)
    assert store.put(b"rate = 1\n", max_bytes=100).sha256 == forgotten  # its row comes in a moment
    assert empty(now + 2 * KEEP) == Emptied(0, 1)  # the grace begins again
    assert is_there(store, forgotten)
    assert empty(now + 3 * KEEP) == Emptied(1, 0)


def test_what_is_saved_again_in_the_last_moment_is_kept(store, forgotten):
    (seen,) = [found[forgotten] for found in store.stored_contents() if forgotten in found]
    store.put(b"rate = 1\n", max_bytes=100)
    assert not store.remove_content(forgotten, written_ns=seen)
    assert is_there(store, forgotten)
    assert not store.remove_content("0" * 64, written_ns=seen)


def test_two_removals_at_once_lose_nothing_that_is_saved_between_them(store, forgotten, monkeypatch):
    """A second worker puts the saved content aside before the first removes what it has put aside itself."""
    path = store.home / "submissions" / forgotten[:2] / forgotten
    seen, rename, unlink = path.stat().st_mtime_ns, os.rename, Path.unlink

    def rename_before_the_first_removes(source, target):
        rename(source, target)
        unlink(first)

    def remove_twice(aside):
        nonlocal first
        first = aside
        monkeypatch.setattr(Path, "unlink", unlink)
        monkeypatch.setattr(os, "rename", rename_before_the_first_removes)
        store.put(b"rate = 1\n", max_bytes=100)
        assert not store.remove_content(forgotten, written_ns=seen)

    first = None
    monkeypatch.setattr(Path, "unlink", remove_twice)
    store.remove_content(forgotten, written_ns=seen)
    assert is_there(store, forgotten) and path.stat().st_mtime_ns != seen


def test_what_is_saved_meanwhile_is_not_replaced_by_what_was_put_aside(store, empty, forgotten, now):
    folder = store.home / "submissions"
    path, aside = folder / forgotten[:2] / forgotten, folder / f".removing-{forgotten}-0"
    empty(now)  # a note about the old one
    os.rename(path, aside)
    store.put(b"rate = 1\n", max_bytes=100)  # its row comes in a moment
    empty(now + KEEP)
    assert is_there(store, forgotten) and not aside.exists()


def test_what_rows_name_again_loses_its_note(session, store, owls, empty, forgotten, save, now):
    empty(now)
    save("rate = 1")
    assert empty(now + 2 * KEEP).n_removed == 0
    save("rate = 2")
    assert empty(now + 2 * KEEP).n_removed == 0  # the grace begins again
    assert is_there(store, forgotten)


def test_a_removal_that_was_killed_halfway_is_undone(session, store, empty, save, now):
    sha256 = save("rate = 1")
    folder = store.home / "submissions"
    os.rename(folder / sha256[:2] / sha256, folder / f".removing-{sha256}")
    assert empty(now) == Emptied(0, 0)
    assert is_there(store, sha256) and not list(folder.glob(".removing-*"))


def test_the_note_of_a_content_that_is_gone_goes_too(store, empty, forgotten, now):
    empty(now)
    (store.home / "submissions" / forgotten[:2] / forgotten).unlink()
    assert empty(now) == Emptied(0, 0)
    assert list((store.home / "trash" / "contents").iterdir()) == []


def test_one_round_takes_a_bounded_number_of_steps(store, empty, now, monkeypatch):
    monkeypatch.setattr(content_trash, "MAX_STEPS", 2)
    for number in range(5):
        store.put(b"content %d" % number, max_bytes=100)
    assert [empty(now).n_removed for _ in range(3)] == [0, 0, 0]  # notes of two, two and one
    assert [empty(now + KEEP).n_removed for _ in range(4)] == [2, 2, 1, 0]


def test_files_of_others_are_left_alone(store, empty, now):
    foreign = [store.home / "submissions" / name for name in ("read-me", "ab/read-me", "zz/" + "0" * 64)]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    assert empty(now) == empty(now + 2 * KEEP) == Emptied(0, 0)
    assert all(path.read_text() == "mine" for path in foreign)
