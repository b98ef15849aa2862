"""What is typed to choose jobs, as a filter. Called by ``fab cancel_jobs`` and ``fab rerun``.

A name that does not exist is refused. It never means "none" or "all".
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.services.events import events
from databoard.services.people import accounts
from databoard.services.submissions.selection import JobFilter
from databoard.services.teams import teams
from databoard.states import ERROR_STATES, ErrorCode, JobStep, SubmissionState
from databoard.tasks.choices import one_of

PRIORITIES = {"low": -1, "normal": 0, "high": 1}


@dataclass(frozen=True)
class Options:
    """Which submissions are meant, as it was typed. An empty text chooses nothing; `is_all` chooses every one."""

    job: str = ""
    submission: str = ""
    team: str = ""
    user: str = ""
    event: str = ""
    state: str = ""  # `error` stands for every state of an error
    error_code: str = ""
    kind: str = ""
    is_all: bool = False


def job_filter(session: Session, options: Options) -> JobFilter:
    """Return the filter that `options` describe.

    Raises
    ------
    RuleError, NotFound
        If nothing was chosen, or an option names nothing.
    """
    chosen = [name for name, value in asdict(options).items() if value and name != "is_all"]
    if not chosen and not options.is_all:
        raise RuleError(
            "Expected at least one of event=, team=, submission=, user=, state=, error_code= or a job's number. "
            "all=True means every one."
        )
    if options.event:
        events.event_by_name(session, options.event)
    if options.team:
        teams.team_by_name(session, options.team)
    if options.user:
        accounts.user_by_name(session, options.user)
    return JobFilter(
        submission=options.submission or None,
        team=options.team or None,
        user=options.user or None,
        event=options.event or None,
        states=_states(options.state) if options.state else (),
        error_code=one_of(ErrorCode, options.error_code, "an error code") if options.error_code else None,
        step=one_of(JobStep, options.kind, "a kind") if options.kind else None,
        job_id=_number(options.job) if options.job else None,
    )


def priority(text: str) -> int:
    """Return the priority that `text` names.

    Raises
    ------
    RuleError
        Naming all priorities.
    """
    if text not in PRIORITIES:
        raise RuleError(f"Expected a priority of {', '.join(PRIORITIES)}, got {text!r}.")
    return PRIORITIES[text]


def _states(text: str) -> Collection[SubmissionState]:
    return ERROR_STATES if text == "error" else (one_of(SubmissionState, text, "a state"),)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise RuleError(f"Expected the number of a job, got {text!r}; fab pending_jobs shows them.")
    return int(text)
