"""Every check, and how they are run. A check that breaks is a row that says so: the others still tell."""

import logging
from collections.abc import Iterable

from sqlalchemy.exc import SQLAlchemyError

from databoard.queries.checks import server, troubles, work
from databoard.queries.checks.check import Check, CheckState, Look, Site

#: In the order of the screen. The second ones need the tables of this code, so `work.migration` must be well.
WITHOUT_DATABASE: tuple[Look, ...] = (server.maintenance, server.disk_room, server.backup)
WITH_DATABASE: tuple[Look, ...] = (
    work.workers,
    work.jail,
    work.clocks,
    work.queue,
    work.schedule,
    work.frozen_events,
    troubles.poison_job,
    troubles.lost_files,
    troubles.runaway_team,
    troubles.blocked_team,
    troubles.stuck_mail,
)
#: Without these the site cannot serve.
VITAL = frozenset({"database", "migration", "disk"})
#: What a load balancer is told besides, without details.
TOLD = VITAL | {"workers", "jail", "backup", "maintenance"}
_ORDER = tuple(CheckState)
logger = logging.getLogger("databoard.checks")


def run(site: Site) -> tuple[Check, ...]:
    """Return every check that applies; without the tables of this code only those that need none."""
    found = [work.database(site)]
    if found[-1].state is CheckState.ok:
        found.append(work.migration(site))
    looks = WITHOUT_DATABASE
    if found[-1].state is CheckState.ok:
        looks = (*WITH_DATABASE, *looks)
    more = [_looked(look, site) for look in looks]
    return (*found, *(check for check in more if check is not None))


def worst(checks: Iterable[Check]) -> CheckState:
    """Return the worst state of all."""
    return max((check.state for check in checks), key=_ORDER.index, default=CheckState.ok)


def is_ready(checks: Iterable[Check]) -> bool:
    """Return whether the site can serve."""
    return all(check.state is not CheckState.fail for check in checks if check.name in VITAL)


def records(checks: Iterable[Check]) -> list[dict[str, object]]:
    """Return the checks as records."""
    return [{"check": row.name, "state": str(row.state), "text": row.text, "fix": row.fix} for row in checks]


def public_records(checks: Iterable[Check]) -> list[dict[str, object]]:
    """Return what strangers may read: states, and texts of what keeps the site from serving, without its reasons."""
    told = [row for row in checks if row.name in TOLD]
    return [{"check": row.name, "state": _public_state(row), "text": _public_text(row)} for row in told]


def _public_state(check: Check) -> str:
    is_fail = check.state is CheckState.fail
    return "warn" if is_fail and check.name not in VITAL else str(check.state)


def _public_text(check: Check) -> str:
    if check.name not in VITAL:
        return ""
    return check.text.partition(": ")[0].removesuffix(".") + "."


def _looked(look: Look, site: Site) -> Check | None:
    try:
        return look(site)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        logger.error("the check %s broke: %s", look.__name__, reason)
        site.session.rollback()  # the others look by another connection
        return Check(
            look.__name__, CheckState.fail, f"This could not be looked at: {reason}", "fab logs:level=ERROR"
        )
