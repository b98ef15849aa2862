"""Print one job with its attempts, and write its debug bundle. Called by ``fab show_job``."""

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.queries import job_bundle, job_page
from databoard.queries.job_page import AttemptRow, JobFacts, JobView
from databoard.services.base.files import FileStore
from databoard.tasks import output

#: The most lines of a log that are printed.
MAX_LINES = 100_000


def found(session: Session, number: str) -> JobFacts:
    """Return the job of a number as it is typed.

    Raises
    ------
    RuleError, NotFound
        If it is no number, or no job has it.
    """
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise RuleError(f"Expected the number of a job, got {number!r}; fab show:jobs lists them.")
    return job_page.find(session, int(number), user=None, is_local=True)


def show(session: Session, facts: JobFacts, *, lines: int, format: str, now: datetime) -> None:
    """Print a job: facts, timeline, attempts, and of each log the last `lines` lines; with json all of it."""
    output.require_format(format)
    if not 0 <= lines <= MAX_LINES:
        raise RuleError(f"Expected 0 to {MAX_LINES} lines of each log, got {lines}.")
    view = job_page.view(session, facts, sees_faults=True, now=now)
    if format == "json":
        print(json.dumps(asdict(view), indent=1, default=str))
        return
    records = [_attempt_record(one) for one in view.attempts]
    if format == "csv":
        output.show(records, format)
        return
    for name, value in _facts(view).items():
        print(f"{name + ':':<12} {value}")
    for moment in view.timeline:
        print(f"{moment.at:%Y-%m-%d %H:%M:%S}  {moment.what}")
    if records:
        output.show(records, format)
    for one in view.attempts:
        _print_log(one, lines)


def write_bundle(session: Session, facts: JobFacts, path: str, *, store: FileStore, now: datetime) -> None:
    """Write the debug bundle of a job to a file that only its owner reads, and print where.

    Raises
    ------
    RuleError
        If the file is there already, or cannot be written.
    """
    target = Path(path).expanduser()
    content = job_bundle.bundle(session, facts, store=store, now=now)
    try:
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise RuleError(f"Expected a new file for the bundle, got {path!r}: {error.strerror}.") from None
    print(f"Wrote {target} ({len(content)} bytes): code, parameters, logs, versions; no data and no labels.")


def _facts(view: JobView) -> dict[str, object]:
    place = view.waiting and f"{view.waiting.place} of {view.waiting.n_waiting}"
    shown = {
        "job": f"{view.id}, {view.kind}",
        "state": view.state,
        "error": view.error_code,
        "submission": f"{view.event_name}/{view.team_name}/{view.submission_name}, {view.submission_state}",
        "priority": view.priority,
        "place": place,
        "worker": view.worker,
        "progress": f"{view.n_folds_done} of {view.n_folds} folds",
        "waited": f"{view.waited_s:.0f} s",
        "running": None if view.running_s is None else f"{view.running_s:.0f} s",
    }
    return {name: value for name, value in shown.items() if value not in (None, "")}


def _attempt_record(one: AttemptRow) -> dict[str, object]:
    return {
        "attempt": one.number,
        "worker": one.worker,
        "started_at": f"{one.started_at:%Y-%m-%d %H:%M:%S}",
        "seconds": round(one.duration_s),
        "outcome": one.outcome,
        "error_code": one.error_code or None,
    }


def _print_log(one: AttemptRow, lines: int) -> None:
    text = one.log.splitlines()
    if text and lines:
        left_out = f", the last {lines} of {len(text)} lines" if len(text) > lines else ""
        print(f"--- log of attempt {one.number}{left_out}")
        print("\n".join(text[-lines:]))
