"""Show what a restore would replace, or restore, and print what was done. Called by `tasks.backups`."""

from pathlib import Path
from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.errors import NotFound, RuleError
from databoard.ops.backup import prod_to_test as test_sites
from databoard.ops.backup import restore as restoring
from databoard.ops.backup.restore import RestorePlan
from databoard.ops.backup.shelf import Shelf

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
    command = f"fab restore:{wanted.path.name},yes={wanted.confirmation}"
    if not _is_confirmed(wanted, yes, command, config):
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
    command = f"fab prod_db_to_test:{path},yes={wanted.confirmation}"
    if not _is_confirmed(wanted, yes, command, config):
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


def _is_confirmed(wanted: RestorePlan, yes: str, command: str, config: "Config") -> bool:
    """Return whether `yes` names the database; print what would be done where nothing was typed.

    Raises
    ------
    RuleError
        If it is another name.
    """
    if yes == wanted.confirmation:
        return True
    if yes:
        raise RuleError(f"Expected yes={wanted.confirmation}, the name of the database, got yes={yes}.")
    print(f"Backup {wanted.path.name}: {_contents(wanted)}.")
    print(f"It would {'replace' if wanted.is_replacing else 'become'} the database {wanted.confirmation}.")
    print(f"Files would go to {config.home}; none is removed there.")
    print(f"Nothing was done. To do it: {command}")
    return False


def _contents(wanted: RestorePlan) -> str:
    rows, files = wanted.manifest.n_rows, wanted.manifest.files
    return f"{rows.get('users', 0):,} users, {rows.get('submissions', 0):,} submissions, {len(files):,} files"
