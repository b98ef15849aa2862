"""What a cancellation or a rerun of many would do: the filter that a table's words mean, and the rows that it meets.

A page shows the rows first. What is applied then are these rows, by their numbers, as far as they still fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import InvalidParameter
from databoard.queries.tables.ages import parsed_age
from databoard.queries.tables.catalogue import TABLES
from databoard.services.people.rights import Asker
from databoard.services.submissions.selection import (
    PRIORITIES,
    ControlRow,
    JobFilter,
    cancel_outcome,
    chosen_submissions,
    control_row,
    obstacle,
    pending_jobs,
)
from databoard.states import (
    ERROR_STATES,
    PENDING_JOB_STATES,
    ErrorCode,
    JobState,
    JobStep,
    SubmissionState,
    SubmissionType,
)

#: So many jobs or submissions are changed at once.
MAX_AT_ONCE = 500
PRIORITY_NAMES = tuple(PRIORITIES)


@dataclass(frozen=True)
class Preview:
    """The rows that would be changed, and those that are left out; `has_more` says that still more fit."""

    rows: tuple[ControlRow, ...] = ()
    skipped: tuple[ControlRow, ...] = ()
    has_more: bool = False

    @property
    def ids(self) -> str:
        """The numbers of the rows, those of jobs if they are jobs."""
        return ",".join(str(row.job_id or row.submission_id) for row in self.rows)


def cancellable(session: Session, chosen: Mapping[str, str], *, viewer: Asker, now: datetime) -> Preview:
    """Return what would be cancelled of the jobs that their table shows for these words; nothing without any."""
    if not chosen:
        return Preview()
    filters = filter_of_jobs(chosen, viewer=viewer, now=now)
    found = session.scalars(pending_jobs(filters).limit(MAX_AT_ONCE + 1)).all()
    rows = tuple(control_row(job.submission, job, cancel_outcome(job)) for job in found[:MAX_AT_ONCE])
    return Preview(rows, (), len(found) > MAX_AT_ONCE)


def rerunnable(session: Session, chosen: Mapping[str, str], *, from_step: JobStep, viewer: Asker) -> Preview:
    """Return what would run again of the submissions that their table shows for these words; nothing without any."""
    if not chosen:
        return Preview()
    query = chosen_submissions(filter_of_submissions(chosen, viewer=viewer)).limit(MAX_AT_ONCE + 1)
    found = session.scalars(query).all()
    rows: list[ControlRow] = []
    skipped: list[ControlRow] = []
    for submission in found[:MAX_AT_ONCE]:
        why_not = obstacle(submission, from_step)
        row = control_row(submission, None, why_not or f"queued from {from_step}")
        (skipped if why_not else rows).append(row)
    return Preview(tuple(rows), tuple(skipped), len(found) > MAX_AT_ONCE)


def filter_of_jobs(chosen: Mapping[str, str], *, viewer: Asker, now: datetime) -> JobFilter:
    """Return the filter that words of the table of jobs mean.

    Raises
    ------
    InvalidParameter
        If a word is unknown, or there is none.
    """
    _require("jobs", chosen)
    if "error_code" in chosen:
        raise InvalidParameter("A job that waits or runs has no error code. Choose by another word.")
    state = chosen.get("state", "pending")
    age = parsed_age(chosen["age"]) if "age" in chosen else None
    return JobFilter(
        submission=chosen.get("submission"),
        team=chosen.get("team"),
        user=chosen.get("user"),
        event=chosen.get("event"),
        worker=chosen.get("worker"),
        organiser_id=None if viewer.is_admin else viewer.id,
        job_states=tuple(PENDING_JOB_STATES) if state == "pending" else (JobState(state),),
        step=JobStep(chosen["kind"]) if "kind" in chosen else None,
        queued_before=None if age is None else now - age,
    )


def filter_of_submissions(chosen: Mapping[str, str], *, viewer: Asker) -> JobFilter:
    """Return the filter that words of the table of submissions mean.

    Raises
    ------
    InvalidParameter
        If a word is unknown, or there is none.
    """
    _require("submissions", chosen)
    state = chosen.get("state", "")
    states = ERROR_STATES if state == "error" else ((SubmissionState(state),) if state else ())
    return JobFilter(
        submission=chosen.get("submission"),
        team=chosen.get("team"),
        user=chosen.get("user"),
        event=chosen.get("event"),
        organiser_id=None if viewer.is_admin else viewer.id,
        states=tuple(states),
        error_code=ErrorCode(chosen["error_code"]) if "error_code" in chosen else None,
        is_deposited=chosen.get("type") == SubmissionType.deposited,
    )


def _require(table: str, chosen: Mapping[str, str]) -> None:
    TABLES[table].require_known(chosen)
    if not chosen:
        words = ", ".join(each.name for each in TABLES[table].filters)
        raise InvalidParameter(f"Expected at least one of {words}: choose rows of the table first.")
