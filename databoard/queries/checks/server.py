"""Checks that need no database: maintenance, room on the disk, the newest backup."""

from datetime import timedelta

from databoard.queries.backups import newest_at
from databoard.queries.checks.check import Check, CheckState, Site
from databoard.services.base import disk
from databoard.services.base import maintenance as flag

#: Of a disk that has less than this share free, or less than twice what it must keep, somebody should know.
LOW_SHARE = 0.1
#: A backup may be so much later than its interval: cron asks every few minutes, and it takes a while.
GRACE = timedelta(hours=2)
GIB = 1024**3


def maintenance(site: Site) -> Check | None:
    """Tell whether visitors see the site."""
    found = flag.state(site.config.home)
    if found is None:
        return Check("maintenance", CheckState.ok, "The site is open.")
    said = f": {found.message}" if found.message else "."
    text = f"The site is closed since {found.since:%Y-%m-%d %H:%M} UTC, and workers take no job{said}"
    return Check("maintenance", CheckState.warn, text, "fab maintenance:off")


def disk_room(site: Site) -> Check | None:
    """Tell how much room the disk of DATABOARD_HOME has."""
    free, total, least = (
        disk.free_bytes(site.config.home),
        disk.total_bytes(site.config.home),
        site.config.min_free_bytes,
    )
    text = f"{free / GIB:.1f} of {total / GIB:.1f} GiB are free"
    if free < least or not free:
        kept = f"fewer than {least / GIB:.1f} GiB (DATABOARD_MIN_FREE_BYTES)"
        return Check(
            "disk", CheckState.fail, f"{text}, {kept}: nothing is saved, no job is taken.", "fab empty_trash"
        )
    is_low = free < 2 * least or free < LOW_SHARE * total
    return Check(
        "disk", CheckState.warn if is_low else CheckState.ok, f"{text}.", "fab empty_trash" if is_low else ""
    )


def backup(site: Site) -> Check | None:
    """Tell how old the newest backup is; only a production server must have one."""
    newest = newest_at(site.config.home)
    interval = timedelta(seconds=site.config.backup_interval_s)
    if newest is None:
        is_missed = site.config.is_production
        text = "There is no backup." if is_missed else "There is no backup; this is no production server."
        return Check(
            "backup", CheckState.warn if is_missed else CheckState.ok, text, "fab backup" if is_missed else ""
        )
    age = site.now - newest
    text = f"The newest backup is of {newest:%Y-%m-%d %H:%M} UTC, {age.total_seconds() / 3600:.1f} h ago."
    is_late = site.config.is_production and age > interval + GRACE
    return Check(
        "backup", CheckState.warn if is_late else CheckState.ok, text, "fab backup" if is_late else ""
    )
