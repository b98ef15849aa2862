"""A backup holds every file that its rows name, whatever happens meanwhile; unchanged files are stored once."""

import os
import shutil
from datetime import timedelta

import pytest

from databoard.errors import RuleError
from databoard.models import AuditEntry, Submission
from databoard.ops.backup import collecting, manifest
from databoard.ops.backup import make as making
from databoard.ops.trash import empty_trash
from databoard.services.submissions import submit

DAY = timedelta(days=1)


def files_of(folder):
    """Return what lies in a backup beside its dump and manifest, by path."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {path: found[path] for path in found if "/" in path}


def test_it_holds_every_file_that_a_row_names_and_no_other(session, back_up, score_one, owls, store):
    submission_id = score_one(owls, "first")
    store.put(b"named by nobody", max_bytes=100)
    made = back_up()
    key = session.get(Submission, submission_id).predictions_key
    listed = {file.path for file in made.manifest.files}
    assert f"predictions/{submission_id:09d}/{key}/predictions.npz" in listed
    assert sum(path.startswith("submissions/") for path in listed) >= 1
    assert set(files_of(made.path)) == {made.manifest.place(file) for file in made.manifest.files}
    assert manifest.read(made.path) == made.manifest and made.manifest.missing == ()
    assert made.manifest.n_rows["users"] == 6 and made.manifest.n_rows["submissions"] == 1


def test_the_audit_has_each_backup(session, back_up):
    made = back_up()
    [entry] = session.query(AuditEntry).filter_by(action="backup")
    assert (entry.object_type, entry.detail["backup"]) == ("database", made.path.name)


def test_the_hashes_are_those_of_the_files_of_the_server(back_up, score_one, owls, home):
    score_one(owls, "first")
    made = back_up()
    assert [f.path for f in made.manifest.files if collecting.sha256_of(home / f.path) != f.sha256] == []


def test_files_are_copied_from_the_server_and_linked_between_backups(back_up, score_one, owls, home, now):
    score_one(owls, "first")
    first = back_up()
    score_one(owls, "second")
    second = back_up(now + DAY)
    assert (first.n_copied, second.n_copied) == (len(first.manifest.files), 1)
    for file in first.manifest.files:
        place = second.manifest.place(file)
        copies = [path.stat() for path in (home / file.path, first.path / place, second.path / place)]
        assert copies[0].st_ino != copies[1].st_ino and copies[1].st_ino == copies[2].st_ino
    assert second.manifest.number == 1


def rerun(session, submission, now):
    submit.rerun(session, submission, now=now)


def delete(session, submission, now):
    submit.delete_submission(session, submission, now=now)


@pytest.mark.parametrize("change", [rerun, delete])
def test_what_happens_between_dump_and_copy_costs_no_file(
    sessions, session, site, back_up, score_one, owls, store, now, monkeypatch, change
):
    submission_id = score_one(owls, "first")
    held = []

    def change_then_collect(named, **options):
        with sessions() as other:
            change(other, other.get(Submission, submission_id), now)
            other.commit()
            for days in (0, 9, 18):  # the trash would note, then remove
                held.append(empty_trash(other, store, now=now + days * DAY, keep_s=60))
        return collecting.collect(named, **options)

    monkeypatch.setattr(making, "collect", change_then_collect)
    made = back_up()
    assert made.manifest.missing == ()
    assert {file.path.split("/")[0] for file in made.manifest.files} == {"submissions", "predictions"}
    assert all("nothing was removed" in said for said in held)
    with sessions() as other:
        assert "nothing was removed" not in empty_trash(other, store, now=now, keep_s=60)


def test_a_file_that_the_server_has_lost_is_named_and_the_rest_is_kept(back_up, score_one, owls, home, now):
    score_one(owls, "first")
    first = back_up()
    shutil.rmtree(home / "predictions")
    assert back_up(now + DAY).manifest.missing == ()  # the earlier backup has it
    shutil.rmtree(first.path)
    shutil.rmtree(home / "backups")
    made = back_up()
    assert [path.split("/")[0] for path in made.manifest.missing] == ["predictions"]
    assert all((made.path / made.manifest.place(file)).exists() for file in made.manifest.files)


def test_a_damaged_link_is_found_within_the_rota_and_copied_again(back_up, score_one, owls, now):
    score_one(owls, "first")
    made = back_up()
    [broken] = [file for file in made.manifest.files if file.path.startswith("predictions/")]
    with open(made.path / made.manifest.place(broken), "r+b") as file:
        file.write(b"rotten")
    later = [back_up(now + n * DAY) for n in range(1, collecting.N_ROTA + 1)]
    assert [broken.path] in [list(each.healed) for each in later]
    assert collecting.sha256_of(later[-1].path / made.manifest.place(broken)) == broken.sha256


def test_retention_removes_folders(back_up, backups, now):
    names = [back_up(now + n * DAY).path.name for n in range(9)]
    assert len(names) == 9
    there = {path.name for path in backups.iterdir() if not path.name.startswith(".")}
    assert there == set(names) - {names[0], names[1]}  # Tuesday and Wednesday of the week before


def test_a_dump_that_lost_rows_is_no_backup(site, back_up, backups, monkeypatch):
    as_read = making.n_rows
    monkeypatch.setattr(making, "n_rows", lambda connection: as_read(connection) | {"users": 7})
    with pytest.raises(RuleError, match=r"^No backup was made\. The restored database differs.*tables users"):
        back_up()
    assert [path.name for path in backups.iterdir()] == [".lock"]


def test_an_empty_database_is_not_backed_up(site, back_up, database_url):
    from sqlalchemy import text

    from databoard.ops import schema
    from databoard.services.base.database import make_engine

    schema.downgrade(database_url)
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()
    with pytest.raises(RuleError, match="Expected a database with tables"):
        back_up()


def test_two_at_once_is_one(site, back_up, backups):
    from databoard.ops.backup.shelf import Shelf

    with Shelf.of(site.home).locked(), pytest.raises(RuleError, match="Another backup or restore is at work"):
        back_up()


def test_the_passwords_of_the_database_are_not_in_the_manifest(back_up):
    made = back_up()
    assert "password" not in (made.path / "manifest.json").read_text()
    assert oct(os.stat(made.path).st_mode & 0o777) == "0o700"
