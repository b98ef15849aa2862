"""Cancel, rerun and recover jobs from the command line; an unknown name is an error, never an empty selection."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.ops.choices import one_of
from databoard.services.events import events
from databoard.services.people import accounts
from databoard.services.results import recording
from databoard.services.submissions import control
from databoard.services.submissions.control import ControlRow, JobFilter
from databoard.services.teams import teams
from databoard.states import ERROR_STATES, ErrorCode, JobStep, SubmissionState

PRIORITIES = {"low": -1, "normal": 0, "high": 1}


@dataclass(frozen=True)
class Words:
    """Which submissions are meant, as it was typed; empty words say nothing, `is_all` stands for no other word."""

    job: str = ""
    submission: str = ""
    team: str = ""
    user: str = ""
    event: str = ""
    state: str = ""  # `error` stands for every state of an error
    error_code: str = ""
    kind: str = ""
    is_all: bool = False


def cancel_jobs(
    session: Session, words: Words, *, now: datetime, is_dry_run: bool = False
) -> list[dict[str, object]]:
    """Cancel the pending jobs that fit every word, or tell which they would be.

    Raises
    ------
    RuleError, NotFound
        If nothing was chosen, or a word names nothing.
    """
    filters = _filters(session, words)
    rows = control.cancel(session, filters, actor=None, now=now, is_dry_run=is_dry_run)
    return [_printed(row) for row in rows]


def rerun(
    session: Session,
    words: Words,
    *,
    from_step: str = JobStep.train_test,
    priority: str = "normal",
    now: datetime,
    is_dry_run: bool = False,
) -> list[dict[str, object]]:
    """Queue the submissions that fit every word again, or tell which they would be.

    Raises
    ------
    RuleError, NotFound
        If nothing was chosen, or a word names nothing.
    """
    rows = control.rerun(
        session,
        _filters(session, words),
        from_step=one_of(JobStep, from_step, "a step"),
        priority=_priority(priority),
        actor=None,
        now=now,
        is_dry_run=is_dry_run,
    )
    return [{name: value for name, value in _printed(row).items() if name != "job"} for row in rows]


def reap_jobs(session: Session, *, now: datetime, lease_s: float) -> str:
    """Give the jobs of workers that fell silent to others, as every worker does by itself; return what to print."""
    n_lost = recording.reap(session, now=now, lease_s=lease_s)
    if not n_lost:
        return "No job was lost: every one that runs has a worker that beats."
    return f"Recovered {n_lost} job{'s' * (n_lost > 1)} of lost workers."


def _filters(session: Session, words: Words) -> JobFilter:
    chosen = [name for name, value in asdict(words).items() if value and name != "is_all"]
    if not chosen and not words.is_all:
        raise RuleError(
            "Say which: event=, team=, submission=, user=, state=, error_code= or a job's number; "
            "all=True means every one."
        )
    if words.event:
        events.event_by_name(session, words.event)
    if words.team:
        teams.team_by_name(session, words.team)
    if words.user:
        accounts.user_by_name(session, words.user)
    return JobFilter(
        submission=words.submission or None,
        team=words.team or None,
        user=words.user or None,
        event=words.event or None,
        states=_states(words.state) if words.state else (),
        error_code=one_of(ErrorCode, words.error_code, "an error code") if words.error_code else None,
        step=one_of(JobStep, words.kind, "a kind") if words.kind else None,
        job_id=_number(words.job) if words.job else None,
    )


def _printed(row: ControlRow) -> dict[str, object]:
    return {
        "job": row.job_id,
        "event": row.event,
        "team": row.team,
        "submission": row.submission,
        "old_state": row.old_state,
        "outcome": row.outcome,
    }


def _states(text: str) -> Collection[SubmissionState]:
    return ERROR_STATES if text == "error" else (one_of(SubmissionState, text, "a state"),)


def _priority(text: str) -> int:
    if text not in PRIORITIES:
        raise RuleError(f"Expected a priority of {', '.join(PRIORITIES)}, got {text!r}.")
    return PRIORITIES[text]


def _number(text: str) -> int:
    if not text.isdecimal():
        raise RuleError(f"Expected the number of a job, got {text!r}; fab pending_jobs shows them.")
    return int(text)
