"""Backups: make, list, restore; bring production to a test site."""

from invoke.context import Context

from databoard.tasks.console import command, secret


@command()
def backup(c: Context, if_due: bool = False) -> int:
    """Back up database and files and verify it; with if_due only when one is due (for cron)."""
    import config
    from databoard.tasks import backup_report

    return backup_report.back_up(config.load(), is_if_due=if_due)


@command()
def backups(c: Context, format: str = "table") -> int:
    """List the backups; exit code 1 when the next one is overdue. Format is table, json or csv."""
    import config
    from databoard.tasks import backup_report

    return backup_report.show(config.load(), format)


@command()
def restore(
    c: Context, name: str = "", yes: str = "", force: bool = False, without_backup: bool = False
) -> None:
    """Show what restoring a backup (default: the newest) would replace; yes=<database> does it."""
    import config
    from databoard.tasks import restore_report

    restore_report.restore(
        config.load(), name=name, yes=yes, is_forced=force, is_backed_up_first=not without_backup
    )


@command()
def prod_db_to_test(
    c: Context, path: str = "", yes: str = "", password: str = "", force: bool = False
) -> None:
    """Put the newest backup below path on this test site, with people made anonymous; yes=<database> does it."""
    import config
    from databoard.tasks import restore_report

    restore_report.prod_to_test(config.load(), path=path, yes=yes, password=secret(password), is_forced=force)
