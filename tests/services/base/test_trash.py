"""The trash: predictions go only when no row has named them for the grace period, so every backup fits."""

import shutil
from datetime import timedelta

import pytest

from databoard.models import Submission
from databoard.services.base import trash
from databoard.services.events import provisioning
from databoard.services.results import recording
from databoard.services.submissions import submit
from databoard.states import JobStep, SubmissionState

KEEP = timedelta(hours=1)
MOMENT = timedelta(seconds=1)


@pytest.fixture
def scored(session, store, started, runs, scores, now):
    """A scored submission of the owls whose predictions lie in the store."""
    folder = store.predictions_path(started.submission_id, started.lease)
    folder.mkdir(parents=True)
    (folder / "predictions.npz").write_bytes(b"arrays")
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    session.commit()
    return session.get(Submission, started.submission_id)


@pytest.fixture
def empty(session, store):
    return lambda at: trash.empty(session, store=store, now=at, keep=KEEP)


def rerun(session, submission, store, now, claim):
    submit.rerun(session, submission, now=now, step=JobStep.train_test)
    recording.start(session, claim(), store=store, now=now)


def delete(session, submission, store, now, claim):
    submit.delete_submission(session, submission, now=now)


def delete_event(session, submission, store, now, claim):
    provisioning.delete_event(session, submission.event_team.event, now=now)


CHANGES = [rerun, delete, delete_event]


def scored_runs(session):
    rows = session.query(Submission).filter_by(state=SubmissionState.scored)
    return {(row.id, row.predictions_key) for row in rows}


@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_copied_after_its_database_has_the_files_of_every_scored_row(
    session, store, scored, empty, claim, now, tmp_path, change
):
    copied_rows = scored_runs(session)
    change(session, scored, store, now, claim)
    session.commit()
    for at in (now, now + KEEP / 2, now + KEEP - MOMENT):
        assert empty(at).n_removed == 0
    shutil.copytree(store.home, tmp_path / "copy")
    assert copied_rows and scored_runs(session) == set()
    for submission_id, key in copied_rows:
        path = store.predictions_path(submission_id, key) / "predictions.npz"
        assert (tmp_path / "copy" / path.relative_to(store.home)).read_bytes() == b"arrays"


@pytest.mark.parametrize("change", CHANGES)
def test_what_no_row_names_is_removed_when_the_grace_is_over(
    session, store, scored, empty, claim, now, change
):
    change(session, scored, store, now, claim)
    assert empty(now) == trash.Emptied(0, 1)
    assert empty(now + KEEP) == trash.Emptied(1, 0)
    assert store.stored_runs() == set()
    assert [path.name for path in (store.home / "trash").iterdir()] == [trash.OWNER]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_is_rolled_back_costs_no_file(session, store, scored, empty, claim, now, change):
    change(session, scored, store, now, claim)
    session.rollback()
    assert empty(now) == empty(now + 2 * KEEP) == trash.Emptied(0, 0)
    assert store.stored_runs() == scored_runs(session) != set()


def test_what_restored_rows_name_again_loses_its_note_and_stays(session, store, scored, empty, now):
    key, scored.predictions_key = scored.predictions_key, ""
    session.flush()
    assert empty(now).n_waiting == 1
    scored.predictions_key = key
    session.flush()
    assert empty(now + 2 * KEEP) == trash.Emptied(0, 0)
    scored.predictions_key = ""
    session.flush()
    assert empty(now + 3 * KEEP) == trash.Emptied(0, 1)  # the grace begins again


def test_what_a_running_job_saved_before_it_recorded_is_no_trash(session, store, started, empty, now):
    store.predictions_path(started.submission_id, started.lease).mkdir(parents=True)
    assert empty(now) == empty(now + 2 * KEEP) == trash.Emptied(0, 0)


def test_predictions_of_a_new_submission_with_an_old_number_stay(session, store, scored, empty, now):
    """SQLite gives the number of a deleted submission to the next one."""
    old = store.predictions_path(scored.id, "old-lease")
    old.mkdir()
    empty(now)
    assert empty(now + KEEP) == trash.Emptied(1, 0)
    assert store.stored_runs() == scored_runs(session) != set()


def test_foreign_files_are_left_alone(store, empty, now):
    (store.home / "predictions" / "notes").mkdir(parents=True)
    (store.home / "trash").mkdir()
    (store.home / "trash" / "read-me.txt").write_text("mine")
    assert empty(now) == empty(now + 2 * KEEP) == trash.Emptied(0, 0)
    assert (store.home / "trash" / "read-me.txt").read_text() == "mine"
