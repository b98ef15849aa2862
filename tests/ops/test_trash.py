"""The trash beside the work of a worker: once in a while, and no fault of it stops the worker."""

from datetime import timedelta

import pytest

from databoard.errors import NotFound, RuleError
from databoard.ops import schema
from databoard.ops.trash import TrashRounds, empty_trash
from databoard.services.base.database import make_engine, session_factory, transaction

KEEP_S = 3600


@pytest.fixture
def left_behind(store):
    """The folder of a run that no row names."""
    folder = store.predictions_path(17, "lease")
    folder.mkdir(parents=True)
    return folder


def test_it_says_what_was_removed_and_what_waits(session, store, left_behind, now):
    content = store.put(b"named by nobody", max_bytes=100)
    said = empty_trash(session, store, now=now, keep_s=KEEP_S)
    assert said == (
        "Predictions: 0 runs removed, 1 run waiting. Files of teams: 0 files removed, 1 file waiting."
    )
    said = empty_trash(session, store, now=now + timedelta(seconds=KEEP_S), keep_s=KEEP_S)
    assert said == (
        "Predictions: 1 run removed, 0 runs waiting. Files of teams: 1 file removed, 0 files waiting."
    )
    assert not left_behind.exists()
    with pytest.raises(NotFound):
        store.read(content.sha256)


def test_a_worker_empties_it_when_it_is_time(sessions, store, left_behind, now, monkeypatch):
    clock, seconds = [now], [0.0]
    monkeypatch.setattr("databoard.ops.trash.time.monotonic", lambda: seconds[0])
    rounds = TrashRounds(sessions, store, keep_s=KEEP_S, clock=lambda: clock[0])
    rounds.look()
    clock[0] += timedelta(seconds=KEEP_S)
    rounds.look()  # not yet time
    assert left_behind.exists()
    seconds[0] += KEEP_S
    rounds.look()
    assert not left_behind.exists()


def test_files_that_cannot_be_written_do_not_stop_the_worker(sessions, store, left_behind, caplog):
    (store.home / "trash").write_text("a file in the way")
    TrashRounds(sessions, store, keep_s=KEEP_S).look()
    assert "the trash was not emptied" in caplog.text and left_behind.exists()


def test_the_files_of_another_database_are_left_alone(session, store, left_behind, now):
    content = store.put(b"named by nobody", max_bytes=100)
    empty_trash(session, store, now=now, keep_s=KEEP_S)
    (store.home / "trash" / "owner").write_text("somebody 2020-01-01T00:00:00+00:00\n")
    with pytest.raises(RuleError, match=r"whose first account is somebody.*Nothing was removed"):
        empty_trash(session, store, now=now + timedelta(days=9), keep_s=KEEP_S)
    assert left_behind.exists() and store.read(content.sha256)


def test_a_database_without_accounts_removes_nothing(store, left_behind, tmp_path, now):
    schema.upgrade(f"sqlite:///{tmp_path / 'empty.db'}")
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with (
        transaction(session_factory(engine)) as empty,
        pytest.raises(RuleError, match=r"^Expected a database with accounts, got one without accounts"),
    ):
        empty_trash(empty, store, now=now, keep_s=0)
    engine.dispose()
    assert left_behind.exists()
