"""Show what a reset would remove, or reset, and print what was done. Called by `tasks.server`."""

from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.ops import reset as resetting
from databoard.ops.reset import ResetPlan
from databoard.tasks.confirmation import is_confirmed

if TYPE_CHECKING:
    from config import Config


def reset(config: "Config", *, yes: str, force: str) -> None:
    """Reset the site when `yes` is the name of its database; without `yes` say what would be removed.

    Raises
    ------
    RuleError
        In production without force=production, if `yes` is another name, or while programs use the database.
    """
    wanted = resetting.plan(config)
    command = f"fab reset:force={resetting.PRODUCTION}" if config.is_production else "fab reset"
    words = _words(wanted, config)
    if yes:
        resetting.require_allowed(config, force)
    if not is_confirmed(yes, wanted.confirmation, words, command):
        return
    done = resetting.reset(config, wanted, now=utc_now())
    if done.safety_backup:
        print(f"What was there before is backup {done.safety_backup}.")
    print(
        f"{wanted.confirmation} is empty, at the revision of this version; {_megabytes(done.n_bytes)} of files were "
        "removed. The next step: fab test_setup, or fab create_user for the first account."
    )


def _words(wanted: ResetPlan, config: "Config") -> str:
    """Return what a reset would do: rows by table, bytes by folder."""
    rows = [f"  {name}: {n:,} rows" for name, n in sorted(wanted.n_rows.items()) if n]
    sizes = [f"  {config.home / name}: {size:,} bytes" for name, size in sorted(wanted.size_bytes.items())]
    return "\n".join(
        [
            f"The database {wanted.confirmation} has {sum(wanted.n_rows.values()):,} rows:",
            *rows,
            f"Below {config.home} would be removed, {_megabytes(sum(wanted.size_bytes.values()))}:",
            *sizes,
            "A backup would be made first. Backups, logs, kits and their environments stay.",
        ]
    )


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
