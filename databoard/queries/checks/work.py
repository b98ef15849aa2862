"""Checks of what is in the database: its revision, workers and jails, queue, schedule, frozen events."""

import logging
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from databoard.queries.checks.check import Check, CheckState, Site
from databoard.queries.workers import WorkerState

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
#: A job that waits longer makes somebody look.
LONG_WAIT = timedelta(minutes=30)
#: The clock of a worker may be ahead by so much.
SKEW = timedelta(seconds=5)
#: Cron looks at the schedule every minute.
LONGEST_TICK = timedelta(minutes=5)
#: Names that a text lists.
MAX_NAMED = 5

logger = logging.getLogger("databoard.checks")


def database(site: Site) -> Check:
    """Tell whether the database answers and has tables."""
    try:
        site.revision  # noqa: B018  (reads it)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        logger.error("the database does not answer: %s", reason)
        site.session.rollback()  # what comes after this looks by another connection
        return Check(
            "database",
            CheckState.fail,
            f"The database does not answer: {reason}",
            "python manage.py db upgrade",
        )
    return Check("database", CheckState.ok, "The database answers.")


def migration(site: Site) -> Check:
    """Tell whether the database is at the revision of this code."""
    there, expected = site.revision or "none", head()
    if there == expected:
        return Check(
            "migration", CheckState.ok, f"The database is at revision {there}, as this code expects."
        )
    text = f"The database is at revision {there}, this code expects {expected}."
    return Check("migration", CheckState.fail, text, "python manage.py db upgrade")


def workers(site: Site) -> Check | None:
    """Tell which workers run, and which fell silent."""
    alive, silent = _names(site, WorkerState.alive), _silent(site)
    n_waiting = site.numbers.n_jobs["waiting"]
    if not alive and (draining := _names(site, WorkerState.draining)):
        text = f"Every worker is draining and takes no job: {_listed(draining)}."
        return Check("workers", CheckState.warn, text, f"fab resume_worker:{draining[0]}")
    if not alive:
        waits = f" and {n_waiting} {'job waits' if n_waiting == 1 else 'jobs wait'}" if n_waiting else ""
        state = CheckState.fail if n_waiting else CheckState.warn
        return Check("workers", state, f"No worker runs{waits}.", "fab worker")
    runs = f"{len(alive)} {'worker runs' if len(alive) == 1 else 'workers run'}: {_listed(alive)}."
    if silent:
        text = f"{runs} Silent for {site.config.lease_s} s or longer, so lost: {_listed(silent)}."
        fix = "fab reap_jobs" if site.numbers.n_lost else "fab restart:worker"
        return Check("workers", CheckState.warn, text, fix)
    return Check("workers", CheckState.ok, runs)


def jail(site: Site) -> Check | None:
    """Tell whether submissions are isolated on every machine that runs them."""
    refused = [one for one in site.workers if one.state is WorkerState.refused]
    if refused:
        why = " ".join(f"{one.host}: {one.open_layers}" for one in refused[:MAX_NAMED])
        return Check("jail", CheckState.fail, f"A machine may not run submissions. {why}", "fab jail_check")
    running = (WorkerState.alive, WorkerState.draining)
    levels = {one.jail_level for one in site.workers if one.state in running}
    if site.config.jail == "none" or "none" in levels:
        text = "Isolation is off (DATABOARD_JAIL=none): submissions can read every file of the worker's user."
        return Check("jail", CheckState.warn, text, "unset DATABOARD_JAIL, then fab restart:worker")
    if not levels:
        return None
    return Check(
        "jail", CheckState.ok, f"The jail holds on every worker, level {' and '.join(sorted(levels))}."
    )


def clocks(site: Site) -> Check | None:
    """Tell whether a worker lives in the future: then leases and waiting times are wrong."""
    ahead = [
        one.name
        for one in site.workers
        if one.heartbeat_at is not None and one.heartbeat_at > site.now + SKEW
    ]
    if not ahead:
        return None
    text = f"The clock of this machine and that of a worker differ by more than {SKEW.seconds} s: {_listed(ahead)}."
    return Check("clocks", CheckState.fail, text, "timedatectl set-ntp true")


def queue(site: Site) -> Check | None:
    """Tell what waits and runs, and for how long."""
    numbers = site.numbers
    since = [at for at in (numbers.waiting_since, numbers.checking_since) if at is not None]
    text = f"{numbers.n_jobs['waiting']} wait, {numbers.n_jobs['started']} run"
    if since:
        text += f"; the oldest waits for {_span(min(since), site.now)}"
    if numbers.n_lost:
        lost = "1 has" if numbers.n_lost == 1 else f"{numbers.n_lost} have"
        return Check("queue", CheckState.warn, f"{text}; {lost} lost the worker.", "fab reap_jobs")
    is_slow = bool(since) and site.now - min(since) > LONG_WAIT and not numbers.frozen
    return Check(
        "queue",
        CheckState.warn if is_slow else CheckState.ok,
        f"{text}.",
        "fab pending_jobs" if is_slow else "",
    )


def schedule(site: Site) -> Check | None:
    """Tell whether something looks at the schedule every minute, and whether its entries work."""
    numbers = site.numbers
    if numbers.failed:
        return Check(
            "schedule", CheckState.warn, f"The last run failed of: {numbers.failed}.", "fab show:schedule"
        )
    if numbers.ticked_at is None:
        text = "Nothing has looked at the schedule yet."
        return Check("schedule", _state_of_lack(site), text, "fab tick")
    text = f"The schedule was last looked at {_span(numbers.ticked_at, site.now)} ago."
    if site.now - numbers.ticked_at > LONGEST_TICK:
        return Check("schedule", _state_of_lack(site), f"{text} Is the cron line there?", "fab tick")
    if numbers.cron_ticked_at is None or site.now - numbers.cron_ticked_at > LONGEST_TICK:
        text = f"{text} A worker does it, because cron does not."
        return Check("schedule", _state_of_lack(site), text, "fab install_services:yes=True")
    return Check("schedule", CheckState.ok, text)


def frozen_events(site: Site) -> Check | None:
    """Name the events that take no submission for now."""
    if not site.numbers.frozen:
        return None
    first = site.numbers.frozen.partition(", ")[0]
    text = f"Frozen: {site.numbers.frozen}. They take no submission, and what waits goes on waiting."
    return Check("events", CheckState.warn, text, f"fab set_event:{first},is_frozen=False")


@cache
def head() -> str:
    """Return the revision that this code expects; the code of a process does not change."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def _state_of_lack(site: Site) -> CheckState:
    """Return how bad it is that something is missing which only a production server needs."""
    return CheckState.warn if site.config.is_production else CheckState.ok


def _names(site: Site, state: WorkerState) -> list[str]:
    return [one.name for one in site.workers if one.state is state]


def _silent(site: Site) -> list[str]:
    """Return the workers that fell silent, but for those after which one was started on the same machine."""
    latest = {
        one.host: one.started_at for one in sorted(site.workers, key=lambda one: one.started_at or site.now)
    }
    silent = [one for one in site.workers if one.state is WorkerState.silent]
    return [
        one.name
        for one in silent
        if one.heartbeat_at is None or not _is_after(latest[one.host], one.heartbeat_at)
    ]


def _is_after(at: datetime | None, other: datetime) -> bool:
    return at is not None and at > other


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _span(since: datetime, now: datetime) -> str:
    minutes = max(0, round((now - since).total_seconds() / 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
