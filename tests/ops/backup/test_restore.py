"""A restore: the site is the old or the new one, the files are there, the queue drains."""

import shutil
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import text

from databoard.errors import RuleError
from databoard.models import AuditEntry, Event, Job, Submission, User, Worker
from databoard.ops import schema
from databoard.ops.backup import manifest
from databoard.ops.backup import restore as restoring
from databoard.ops.backup.named_files import n_rows, named_files
from databoard.ops.backup.shelf import Shelf
from databoard.ops.trash import empty_trash
from databoard.runner import load_predictions
from databoard.services.base.database import open_engine, session_factory, transaction
from databoard.services.submissions import submit
from databoard.states import JobState, SubmissionState

DAY = timedelta(days=1)


@pytest.fixture
def restore(site, session, now, engines):
    """Restore a backup as `fab restore` does, once nobody is connected."""

    def restore(made, *, at=now, **options):
        session.close()
        session.get_bind().dispose()
        return restoring.restore(site, restoring.plan(site, made.path), now=at, **options)

    return restore


@pytest.fixture
def counts(site):
    def counts():
        with open_engine(site.db_url) as engine, engine.connect() as connection:
            return n_rows(connection)

    return counts


def lost_files(site):
    with open_engine(site.db_url) as engine, engine.connect() as connection:
        return [file.path for file in named_files(connection) if not (site.home / file.path).is_file()]


def test_after_rows_and_files_were_deleted_both_are_back(
    session, site, back_up, restore, score_one, owls, store, now, counts
):
    submission_id = score_one(owls, "first")
    made, before = back_up(), counts()
    submit.delete_submission(session, session.get(Submission, submission_id), now=now)
    session.commit()
    shutil.rmtree(site.home / "submissions")
    shutil.rmtree(site.home / "predictions")
    done = restore(made)
    assert counts() == before
    assert lost_files(site) == [] and done.n_copied == len(made.manifest.files)
    row = session.get(Submission, submission_id)
    [first, _] = load_predictions(store.predictions_path(row.id, row.predictions_key))
    assert first.y_pred_train.tolist() == [[0.5] * 3] * 9


def test_a_new_database_and_an_empty_home_become_the_site(
    session, site, back_up, restore, score_one, owls, home, tmp_path, counts, database_kind
):
    score_one(owls, "first")
    made, before = back_up(), counts()
    session.close()
    session.get_bind().dispose()
    kept = tmp_path / "kept"
    shutil.copytree(made.path, kept)
    shutil.rmtree(home)
    if database_kind == "postgresql":
        drop(site)
    wanted = restoring.plan(site, kept)
    assert not wanted.is_replacing
    done = restoring.restore(site, wanted, now=made.manifest.made_at)
    assert (done.safety_backup, counts(), lost_files(site)) == (None, before, [])


def drop(site):
    from databoard.ops.backup.databases import database_of

    database = database_of(site)
    with database.maintenance() as connection:
        connection.execute(text(f'DROP DATABASE "{database.name}"'))


def test_what_was_there_is_backed_up_first(session, back_up, restore, score_one, owls, counts, now, site):
    made = back_up()
    score_one(owls, "later")
    later = counts()
    done = restore(made, at=now + DAY)
    assert counts()["submissions"] == 0
    assert done.safety_backup == Shelf.of(site.home).newest()
    restoring.restore(
        site, restoring.plan(site, site.home / "backups" / done.safety_backup), now=now + 2 * DAY
    )
    entry = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert (entry.action, entry.detail["backup"]) == ("restore", done.safety_backup)
    assert counts() == later | {"audit": later["audit"] + 1}


def test_jobs_that_ran_wait_again_without_a_count(
    session, back_up, restore, hand_in, claim, owls, charlies, now
):
    hand_in(owls), hand_in(charlies)
    held = claim()
    session.get(Event, 1).ensemble_claimed_at, session.get(Event, 1).ensemble_claimed_by = now, "w1"
    add_worker(session, now)
    session.commit()
    assert restore(back_up()).n_jobs_queued == 1
    job = session.get(Job, held.job_id)
    assert (job.state, job.n_attempts, job.lease) == (JobState.waiting, 0, None)
    assert job.submission.state is SubmissionState.new
    assert session.get(Event, 1).ensemble_claimed_at is None and session.query(Worker).count() == 0
    assert claim() is not None and claim() is not None and claim() is None


def add_worker(session, now):
    from databoard.services.queue import workers

    facts = {"host": "h", "pid": 1, "engine": "local", "n_slots": 1, "jail_level": "A"}
    workers.register(session, name="w1", now=now, **facts)


def results(session):
    """Every row that boards are made of."""
    tables = ("submissions", "submission_scores", "submission_folds", "submission_fold_scores", "event_teams")
    return {name: session.execute(text(f"SELECT * FROM {name} ORDER BY id")).all() for name in tables}


def test_results_are_equal(session, back_up, restore, score_one, owls, charlies):
    for name, event_team in {"first": owls, "second": charlies}.items():
        score_one(event_team, name)
    before, made = results(session), back_up()
    assert all(before.values())
    session.query(Submission).delete()
    session.commit()
    restore(made)
    assert results(session) == before


def test_while_a_program_uses_the_database_nothing_is_replaced(
    session, site, back_up, score_one, owls, counts, now
):
    made = back_up()
    score_one(owls, "later")
    before = counts()
    session.query(User).count()  # a connection that stays, as that of a web process
    with pytest.raises(RuleError, match=r"Expected that no program uses .*Nothing was changed"):
        restoring.restore(site, restoring.plan(site, made.path), now=now)
    assert counts() == before


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_connections_to_postgresql_can_be_ended(session, site, back_up, score_one, owls, counts, now):
    made = back_up()
    score_one(owls, "later")
    session.query(User).count()
    restoring.restore(site, restoring.plan(site, made.path), now=now, is_forced=True)
    session.invalidate()  # as a web process finds its connection dead, and takes another
    assert counts()["submissions"] == 0


def test_a_backup_of_the_first_format_is_restored_and_the_next_one_links_its_files(
    session, site, back_up, restore, score_one, owls, now
):
    score_one(owls, "first")
    made = back_up()
    for file in made.manifest.files:
        old = made.path / manifest.place_of(file.path, 1)
        old.parent.mkdir(parents=True, exist_ok=True)
        (made.path / made.manifest.place(file)).rename(old)
    listed = made.path / manifest.NAME
    listed.write_text(listed.read_text().replace('"format": 2', '"format": 1'))
    assert back_up(now + DAY).n_copied == 0
    shutil.rmtree(site.home / "predictions")
    assert restore(made).n_copied == 1
    assert lost_files(site) == []


@pytest.mark.parametrize("what", ["database", "submissions", "predictions"])
def test_a_damaged_backup_is_refused_and_nothing_is_changed(what, back_up, restore, score_one, owls, counts):
    score_one(owls, "first")
    made, before = back_up(), counts()
    files = (made.manifest.database, *made.manifest.files)
    [path, *_] = [made.manifest.place(file) for file in files if file.path.startswith(what)]
    with open(made.path / path, "r+b") as file:
        file.write(b"rot")
    with pytest.raises(RuleError, match=f"The backup is damaged: .*{path} has other bytes"):
        restore(made)
    assert counts() == before


def test_a_backup_that_lacks_a_file_is_refused_before_anything_is_asked(site, back_up, score_one, owls):
    score_one(owls, "first")
    made = back_up()
    (made.path / made.manifest.place(made.manifest.files[-1])).unlink()
    with pytest.raises(RuleError, match="is not there"):
        restoring.plan(site, made.path)


def test_an_older_database_is_upgraded(session, site, back_up, restore, counts, database_url):
    before = counts()
    session.close()
    session.get_bind().dispose()
    schema.downgrade(database_url, "0005")
    made = back_up()
    assert made.manifest.revision == "0005"
    restore(made)
    with open_engine(database_url) as engine:
        schema.require_current(engine)
    assert counts()["users"] == before["users"]


def test_a_later_revision_is_refused(session, site, back_up):
    session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    session.commit()
    made = back_up()
    with pytest.raises(RuleError, match="at revision 9999, which this version does not know"):
        restoring.plan(site, made.path)


def test_a_backup_of_another_kind_of_database_is_refused(site, back_up, tmp_path):
    import config

    made = back_up()
    other = f"sqlite:///{tmp_path}/x.db" if made.manifest.kind == "postgresql" else "postgresql://u@h/x"
    with pytest.raises(RuleError, match=f"got {made.manifest.kind}"):
        restoring.plan(config.load({"DATABOARD_HOME": str(tmp_path), "DATABOARD_DB_URL": other}), made.path)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_destroyed_file_is_replaced_with_its_logs(session, back_up, restore, home, counts):
    made, before = back_up(), counts()
    session.close()
    session.get_bind().dispose()
    (home / "databoard.db").write_bytes(b"no database any more")
    (home / "databoard.db-wal").write_bytes(b"of another file")
    restore(made, is_backed_up_first=False)
    assert counts() == before
    with sqlite3.connect(home / "databoard.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_trash_keeps_what_was_brought_back(
    session, sessions, site, back_up, restore, score_one, owls, store, now
):
    submission_id = score_one(owls, "first")
    made = back_up()
    submit.delete_submission(session, session.get(Submission, submission_id), now=now)
    session.commit()
    empty_trash(session, store, now=now, keep_s=60)
    empty_trash(session, store, now=now + DAY, keep_s=60)
    session.commit()
    assert lost_files(site) == []
    restore(made)
    with transaction(session_factory(session.get_bind())) as other:
        for days in (2, 4, 6):
            empty_trash(other, store, now=now + days * DAY, keep_s=60)
    assert lost_files(site) == []
