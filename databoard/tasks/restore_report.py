"""Show what a restore would replace, or restore, and print what was done. Called by `tasks.backups`."""

from pathlib import Path
from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.errors import NotFound
from databoard.ops.backup import prod_to_test as test_sites
from databoard.ops.backup import restore as restoring
from databoard.ops.backup.restore import RestorePlan
from databoard.ops.backup.shelf import Shelf
from databoard.tasks.confirmation import is_confirmed

if TYPE_CHECKING:
    from config import Config


def restore(config: "Config", *, name: str, yes: str, is_forced: bool, is_backed_up_first: bool) -> None:
    """Restore the backup `name` when `yes` is the name of the database; without `yes` say what would be done.

    Raises
    ------
    RuleError
        If `yes` is another name, the backup is damaged, or others use the database.
    """
    wanted = restoring.plan(config, _chosen(Shelf.of(config.home), name))
    command = f"fab restore:{wanted.path.name}"
    if not is_confirmed(yes, wanted.confirmation, _words(wanted, config), command):
        return
    done = restoring.restore(
        config, wanted, now=utc_now(), is_forced=is_forced, is_backed_up_first=is_backed_up_first
    )
    if done.safety_backup:
        print(f"What was there before is backup {done.safety_backup}.")
    print(
        f"Restored {wanted.path.name} to {wanted.confirmation}: {_contents(wanted)}. {done.n_copied:,} files were "
        f"brought back, the others were there. Jobs that wait again: {done.n_jobs_queued}."
    )


def prod_to_test(config: "Config", *, path: str, yes: str, password: str, is_forced: bool) -> None:
    """Put a backup on this test site; see :func:`restore`."""
    test_sites.require_test_site(config)
    wanted = restoring.plan(config, _below(Path(path)) if path else _chosen(Shelf.of(config.home), ""))
    command = f"fab prod_db_to_test:{path}"
    if not is_confirmed(yes, wanted.confirmation, _words(wanted, config), command):
        return
    done = test_sites.prod_to_test(config, wanted, password=password, now=utc_now(), is_forced=is_forced)
    print(
        f"This test site has {wanted.path.name} now: {_contents(wanted)}. People are anonymous and mails are off. "
        f"Everybody logs in with the password {done.password}; {', '.join(done.admins) or 'nobody'} as administrator."
    )


def _chosen(shelf: Shelf, name: str) -> Path:
    newest = shelf.newest()
    if not name and newest is None:
        raise NotFound(f"Expected a backup in {shelf.folder}, got none. Make one: fab backup")
    return shelf.path(name or str(newest))


def _below(path: Path) -> Path:
    """Return `path` if it is a backup, else the newest backup in it."""
    return path if (path / "manifest.json").exists() else _chosen(Shelf(path), "")


def _words(wanted: RestorePlan, config: "Config") -> str:
    """Return what a restore would do."""
    return (
        f"Backup {wanted.path.name}: {_contents(wanted)}.\n"
        f"It would {'replace' if wanted.is_replacing else 'become'} the database {wanted.confirmation}.\n"
        f"Files would go to {config.home}; none is removed there."
    )


def _contents(wanted: RestorePlan) -> str:
    rows, files = wanted.manifest.n_rows, wanted.manifest.files
    return f"{rows.get('users', 0):,} users, {rows.get('submissions', 0):,} submissions, {len(files):,} files"
