"""What is typed to choose jobs, as a filter. Called by ``fab cancel_jobs`` and ``fab rerun``.

A name that does not exist is refused. It never means "none" or "all".
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import InvalidParameter, RuleError
from databoard.queries.tables.ages import parsed_age
from databoard.services.events import events
from databoard.services.people import accounts
from databoard.services.submissions.selection import JobFilter
from databoard.services.teams import teams
from databoard.states import ERROR_STATES, PENDING_JOB_STATES, ErrorCode, JobStep, SubmissionState
from databoard.tasks.choices import one_of

#: What ``only=`` may say: what organisers deposited, such as starting kits.
STARTING_KIT = "starting_kit"
#: Words for the state of a job that waits or runs; other words are states of submissions.
JOB_STATES = {str(state): state for state in PENDING_JOB_STATES}


@dataclass(frozen=True)
class Options:
    """Which submissions are meant, as it was typed. An empty text chooses nothing; `is_all` chooses every one."""

    job: str = ""
    submission: str = ""
    team: str = ""
    user: str = ""
    event: str = ""
    state: str = ""  # `error` stands for every state of an error; `waiting` and `started` are of jobs
    error_code: str = ""
    kind: str = ""
    worker: str = ""
    age: str = ""
    only: str = ""
    is_all: bool = False


def job_filter(session: Session, options: Options, *, now: datetime | None = None) -> JobFilter:
    """Return the filter that `options` describe; an age counts from `now`.

    Raises
    ------
    RuleError, NotFound
        If nothing was chosen, or an option names nothing.
    """
    chosen = [name for name, value in asdict(options).items() if value and name != "is_all"]
    if not chosen and not options.is_all:
        raise RuleError(
            "Expected at least one of event=, team=, submission=, user=, state=, kind=, worker=, age=, error_code= "
            "or a job's number. all=True means every one."
        )
    if options.event:
        events.event_by_name(session, options.event)
    if options.team:
        teams.team_by_name(session, options.team)
    if options.user:
        accounts.user_by_name(session, options.user)
    if options.only not in ("", STARTING_KIT):
        raise InvalidParameter(f"Expected only={STARTING_KIT}, got {options.only!r}.")
    job_state = JOB_STATES.get(options.state)
    return JobFilter(
        submission=options.submission or None,
        team=options.team or None,
        user=options.user or None,
        event=options.event or None,
        states=_states(options.state) if options.state and job_state is None else (),
        job_states=() if job_state is None else (job_state,),
        worker=options.worker or None,
        queued_before=now - parsed_age(options.age) if options.age and now else None,
        is_deposited=options.only == STARTING_KIT,
        error_code=one_of(ErrorCode, options.error_code, "an error code") if options.error_code else None,
        step=one_of(JobStep, options.kind, "a kind") if options.kind else None,
        job_id=_number(options.job) if options.job else None,
    )


def _states(text: str) -> Collection[SubmissionState]:
    return ERROR_STATES if text == "error" else (one_of(SubmissionState, text, "a state"),)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise RuleError(f"Expected the number of a job, got {text!r}; fab pending_jobs shows them.")
    return int(text)
