"""What there is to run: each entry with its times and its function. To add one, write a function and a row here.

A function gets the settings and the time, and returns one line that says what was done. What it raises is recorded,
and the entry is tried again when it is due the next time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Config

Run = Callable[["Config", datetime], str]
#: How long runs are kept: every run, and those that failed.
KEEP_RUNS, KEEP_FAILED_RUNS = timedelta(days=7), timedelta(days=180)


@dataclass(frozen=True)
class Entry:
    """Something periodic.

    Attributes
    ----------
    cron : str
        When it runs: an expression of cron, in UTC. The setting DATABOARD_SCHEDULE changes it.
    hold : timedelta
        A run that has not ended by then is taken for lost, and another process may run the entry.
    """

    name: str
    about: str
    cron: str
    run: Run
    hold: timedelta = timedelta(hours=1)


def reap_jobs(config: "Config", now: datetime) -> str:
    """Queue the jobs of lost workers again."""
    from databoard.services.base.database import open_database, transaction
    from databoard.services.results import recording

    with open_database(config) as database, transaction(database.sessions) as session:
        n_lost = recording.reap(session, now=now, lease_s=config.lease_s)
    return f"{n_lost} jobs of lost workers went back to the queue."


def back_up(config: "Config", now: datetime) -> str:
    """Make a backup when one is due, and copy it elsewhere."""
    from databoard.ops.backup import routine

    return routine.back_up_if_due(config, now=now)


def empty_trash(config: "Config", now: datetime) -> str:
    """Remove files that no row has named for a while."""
    from databoard.ops import trash
    from databoard.services.base.database import open_database, transaction
    from databoard.services.base.files import FileStore

    store = FileStore(config.home, config.problems)
    with open_database(config) as database, transaction(database.sessions) as session:
        return trash.empty_trash(session, store, now=now, keep_s=config.trash_s)


def collect_outputs(config: "Config", now: datetime) -> str:
    """Let go of old outputs of failed submissions, and of jobs that ended long ago."""
    from databoard.ops import retention
    from databoard.services.base.database import open_database, transaction

    with open_database(config) as database, transaction(database.sessions) as session:
        done = retention.collect(
            session,
            now=now,
            keep_outputs=timedelta(days=config.keep_outputs_days),
            keep_jobs=timedelta(days=config.keep_jobs_days),
        )
    return f"Outputs of {done.n_outputs} submissions and {done.n_jobs} jobs were removed."


def check_boards(config: "Config", now: datetime) -> str:
    """Compute the stored rows of every leaderboard again; a difference is corrected and is a failure."""
    from databoard.errors import Conflict
    from databoard.ops import boards

    wrong = [event for event, differences in boards.rebuild(config) if differences]
    if wrong:
        raise Conflict(f"Stored leaderboards differed and were corrected: {', '.join(wrong)}.")
    return "Every stored leaderboard is as it is computed."


def storage_snapshot(config: "Config", now: datetime) -> str:
    """Measure what is stored and keep it as the snapshot of today."""
    from databoard.ops.storage import snapshot
    from databoard.services.base.database import open_database
    from databoard.services.base.files import FileStore

    with open_database(config) as database:
        store = FileStore(config.home, config.problems)
        taken = snapshot.take_snapshot(database.sessions, store, now=now)
    away = f" Of {len(taken.unmeasured)} files the size is not known." if taken.unmeasured else ""
    return f"{taken.categories['total']:,} bytes are stored.{away}"


def check_storage(config: "Config", now: datetime) -> str:
    """Look for files that are missing, orphaned or of a wrong size; any is a failure."""
    from databoard.errors import Conflict
    from databoard.ops.storage import check
    from databoard.services.base.database import open_database
    from databoard.services.base.files import FileStore

    with open_database(config) as database:
        store = FileStore(config.home, config.problems)
        findings = check.check_storage(database.sessions, store, now=now)
    if findings:
        raise Conflict(f"{len(findings)} files do not fit the rows: fab show:storage_findings")
    return "Every file fits the rows."


def send_alerts(config: "Config", now: datetime) -> str:
    """Look at every check of the site, and send what operators must know."""
    from databoard.ops.alerts import rounds

    return rounds.look(config, now)


def forget_runs(config: "Config", now: datetime) -> str:
    """Remove old rows of this schedule."""
    from databoard.services.base.database import open_database, transaction
    from databoard.services.queue import schedule

    with open_database(config) as database, transaction(database.sessions) as session:
        n_removed = schedule.forget_runs(
            session, before=now - KEEP_RUNS, failed_before=now - KEEP_FAILED_RUNS
        )
    return f"{n_removed} runs of before {now - KEEP_RUNS:%Y-%m-%d} were removed."


ENTRIES = (
    Entry("reap_jobs", "Queue the jobs of lost workers again.", "* * * * *", reap_jobs),
    Entry(
        "backup", "Make a backup when one is due, and copy it.", "*/10 * * * *", back_up, timedelta(hours=6)
    ),
    Entry("empty_trash", "Remove files that no row has named for a while.", "17 * * * *", empty_trash),
    Entry(
        "collect_outputs",
        "Remove old outputs of failed submissions, and old jobs.",
        "0 1 * * *",
        collect_outputs,
    ),
    Entry("check_boards", "Compare the stored leaderboards with the scores.", "40 3 * * *", check_boards),
    Entry("storage_snapshot", "Measure what is stored.", "0 2 * * 0", storage_snapshot),
    Entry("check_storage", "Look for files that are missing or orphaned.", "20 2 * * 0", check_storage),
    Entry(
        "alerts", "Send by mail or webhook what is wrong.", "*/5 * * * *", send_alerts, timedelta(minutes=10)
    ),
    Entry("forget_runs", "Remove old rows of this schedule.", "50 3 * * *", forget_runs),
)
