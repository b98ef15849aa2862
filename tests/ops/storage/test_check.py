"""The check of the stored files: what it finds, what it removes, and what it never touches."""

import os
from datetime import timedelta

import pytest

from databoard.errors import Conflict, RuleError
from databoard.models import SandboxFile, StorageFinding, SubmissionFile
from databoard.ops.storage.check import check_storage
from databoard.ops.trash import empty_trash
from databoard.services.base import trash_hold
from databoard.services.base.database import transaction
from databoard.services.submissions import submit
from databoard.states import StorageProblem

MISSING, ORPHANED, WRONG_SIZE = StorageProblem.missing, StorageProblem.orphaned, StorageProblem.wrong_size


@pytest.fixture
def scored(session, owls, store, now):
    """A submission of the owls that names predictions."""
    row = submit.deposit(
        session, event_team=owls, name="mine", files={"classifier.py": b"a = 1\n"}, store=store, now=now
    )
    row.predictions_key = "lease"
    folder = store.predictions_path(row.id, "lease")
    folder.mkdir(parents=True)
    (folder / "predictions.npz").write_bytes(b"numbers")
    session.commit()
    return row


@pytest.fixture
def content(session, scored, store):
    """The file of that submission on the disk."""
    sha256 = session.query(SubmissionFile.sha256).filter_by(submission_id=scored.id).scalar()
    return store.home / "submissions" / sha256[:2] / sha256


@pytest.fixture
def check(sessions, store, now):
    """Check, and return problem and path of what was found."""

    def check(*, at=now, fix=False):
        found = check_storage(sessions, store, now=at, fix=fix)
        return sorted((each.problem, each.path, each.is_fixed) for each in found)

    return check


def put(path, *, at, content=b"stray"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def test_what_fits_is_no_finding(scored, check):
    assert check() == []


def test_a_file_that_is_away_and_a_stray_one_are_two_findings(session, scored, content, check, store, now):
    content.unlink()
    put(store.home / "submissions" / "a stray file.csv", at=now)
    path = f"submissions/{content.parent.name}/{content.name}"
    assert check() == [(MISSING, path, False), (ORPHANED, "submissions/a stray file.csv", False)]
    assert check() == check()  # found again, not added
    rows = session.query(StorageFinding).order_by(StorageFinding.path).all()
    assert [(row.problem, row.owner, row.bytes) for row in rows] == [
        (ORPHANED, "", 5),
        (MISSING, "owls in iris_test", None),
    ]


def test_every_kind_is_found_where_it_lies(scored, content, check, store, now):
    content.write_bytes(b"longer than it was")
    (store.predictions_path(scored.id, "lease") / "predictions.npz").unlink()
    put(store.home / "predictions" / "000000017" / "other" / "predictions.npz", at=now)
    assert [(problem, path.partition("/")[0]) for problem, path, _ in check()] == [
        (MISSING, "predictions"),
        (ORPHANED, "predictions"),
        (WRONG_SIZE, "submissions"),
    ]


def test_only_old_orphans_are_removed(scored, content, check, store, now):
    content.unlink()
    old, young = now - timedelta(hours=24), now - timedelta(hours=23)
    removed = [
        put(store.home / "submissions" / "with a space", at=old),
        put(store.home / "submissions" / "ab" / ("ab" * 32), at=old),
        put(store.home / "predictions" / "000000017" / "key" / "predictions.npz", at=old),
    ]
    kept = put(store.home / "submissions" / "young", at=young)
    found = check(fix=True)
    assert [problem for problem, _, is_fixed in found if not is_fixed] == [MISSING, ORPHANED]
    assert kept.exists() and not any(path.exists() for path in removed)
    assert len(check(fix=True)) == 2


def test_what_is_named_or_written_after_it_was_found_is_not_removed(
    sessions, owls, check, store, now, monkeypatch
):
    from databoard.ops.storage import check as module

    old = now - timedelta(days=3)
    named = put(store.home / "submissions" / "ab" / ("ab" * 32), at=old)
    written = put(store.home / "submissions" / "again", at=old)

    def name_meanwhile(*args):
        with transaction(sessions) as other:
            other.query(SandboxFile).first().sha256 = "ab" * 32
        put(written, at=now)

    monkeypatch.setattr(module, "take_turn", name_meanwhile)
    assert not any(is_fixed for _, _, is_fixed in check(fix=True))
    assert named.exists() and written.exists()


def test_a_running_upload_and_what_the_trash_has_noted_are_no_findings(session, check, store, now):
    put(store.home / "submissions" / ".incoming-x", at=now - timedelta(hours=1))
    stored = store.put(b"superseded", max_bytes=100)
    empty_trash(session, store, now=now, keep_s=3600)
    session.commit()
    assert check() == [] and store.read(stored.sha256)


def test_nothing_is_removed_while_a_backup_holds_the_files_or_of_another_database(check, store, now):
    stray = put(store.home / "submissions" / "stray", at=now - timedelta(days=2))
    with trash_hold.holding(store.home), pytest.raises(Conflict, match="nothing was removed"):
        check(fix=True)
    (store.home / "trash" / "owner").write_text("somebody 2020-01-01T00:00:00+00:00\n")
    with pytest.raises(RuleError, match="Nothing was removed"):
        check(fix=True)
    assert stray.exists()
