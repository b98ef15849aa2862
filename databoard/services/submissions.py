"""Submit, and show what became of it. The one place that decides whether a team may submit."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Conflict, NotFound, RuleError, TooManyRequests
from ..models import Event, EventTeam, Submission, User
from ..models.states import ERROR_STATES, SUBMISSION_TRANSITIONS, JobState, SubmissionState, SubmissionType
from . import audit, ensembles, jobs, sandbox, submission_rows
from .database import begin_writing
from .files import FileStore, StoredFile

NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{3,19}")


@dataclass(frozen=True)
class SubmitAllowance:
    """Whether a team may submit now, and if not, why and for how long."""

    is_allowed: bool
    reason: str = ""
    wait_s: int = 0
    opens_at: datetime | None = None


def may_submit(
    session: Session, *, event_team: EventTeam, user: User | None, now: datetime
) -> SubmitAllowance:
    """Decide whether `event_team` may submit at `now`; `user` None is the command line."""
    event = event_team.event
    if not event_team.is_approved or not event_team.is_active:
        return SubmitAllowance(False, "Your team waits for approval by the organisers.")
    if event.is_closed(now):
        return SubmitAllowance(False, f"{event.title} closed on {event.closes_at:%Y-%m-%d %H:%M} UTC.")
    if event.opens_at is None:
        return SubmitAllowance(False, f"{event.title} has no opening date yet.")
    if now < event.opens_at:
        return SubmitAllowance(
            False, f"{event.title} opens on {event.opens_at:%Y-%m-%d %H:%M} UTC.", opens_at=event.opens_at
        )
    wait_s = 0 if user is None or user.is_admin else _waiting_time_s(event_team, now)
    if wait_s > 0:
        reason = f"Your team submitted a moment ago; wait {wait_s} more seconds."
        return SubmitAllowance(False, reason, wait_s)
    return SubmitAllowance(True)


def submit(
    session: Session,
    *,
    event_team: EventTeam,
    user: User | None,
    name: str,
    store: FileStore,
    now: datetime,
    type: SubmissionType = SubmissionType.live,
) -> Submission:
    """Queue what lies in the sandbox as a new submission called `name`.

    A name whose submission failed or was cancelled may be used again, at once: the new files replace the failed
    ones.

    Raises
    ------
    RuleError
        If the event is not open, the name cannot be used or a file is missing.
    TooManyRequests
        If the team submitted a moment ago.
    Conflict
        If the team has a submission of that name.
    """
    _check_name(name)
    _lock(session, event_team)
    earlier = submission_rows.by_name(session, event_team, name)
    is_retry = earlier is not None and earlier.state in ERROR_STATES | {SubmissionState.cancelled}
    if earlier is not None and not is_retry:
        raise Conflict(f"Your team has a submission called {name}. Choose another name.")
    allowance = may_submit(session, event_team=event_team, user=user, now=now)
    if not allowance.is_allowed and not (is_retry and allowance.wait_s):
        raise (TooManyRequests if allowance.wait_s else RuleError)(allowance.reason)
    files = {
        element_id: StoredFile(row.sha256, row.size_bytes)
        for element_id, row in _complete_files(session, event_team).items()
    }
    submission = (
        submission_rows.reset(session, earlier)
        if is_retry
        else submission_rows.new(session, event_team, name, type)
    )
    submission.user, submission.submitted_at, event_team.last_submitted_at = user, now, now
    submission_rows.insert(session, submission, files, now)
    audit.record(
        session,
        actor=user,
        action="submit",
        object_type="submission",
        object_name=f"{event_team.event.name}/{event_team.team.name}/{name}",
        now=now,
    )
    return submission


def deposit(
    session: Session,
    *,
    event_team: EventTeam,
    name: str,
    files: dict[str, bytes],
    store: FileStore,
    now: datetime,
    is_forced: bool = False,
) -> Submission:
    """Queue `files` (bytes by file name) for a team on behalf of the organisers; its sandbox stays as it is.

    An existing submission of that name is returned as it is, or with `is_forced` replaced; a job that runs for it
    loses its lease.
    """
    _check_name(name)
    _lock(session, event_team)
    allowance = may_submit(session, event_team=event_team, user=None, now=now)
    if not allowance.is_allowed:
        raise RuleError(allowance.reason)
    earlier = submission_rows.by_name(session, event_team, name)
    if earlier is not None and not is_forced:
        return earlier
    elements = sandbox.elements_of(session, event_team)
    missing = [element.file_name for element in elements if element.file_name not in files]
    if missing:
        raise RuleError(f"Expected the files {', '.join(e.file_name for e in elements)}; missing: {missing}.")
    stored = {
        element.id: store.put(
            files[element.file_name], max_bytes=element.element_type.file_type.max_size_bytes
        )
        for element in elements
    }
    if earlier:
        jobs.withdraw(session, earlier, now=now)  # a worker may be running the old files
        session.refresh(earlier)  # or have scored them while we waited for its job
    submission = (
        submission_rows.reset(session, earlier)
        if earlier
        else submission_rows.new(session, event_team, name, SubmissionType.deposited)
    )
    submission.submitted_at = now
    submission_rows.insert(session, submission, stored, now)
    return submission


def submission_by_slug(session: Session, slug: str) -> Submission:
    """Return the submission at this address; NotFound otherwise."""
    submission = session.scalar(select(Submission).where(Submission.slug == slug))
    if submission is None:
        raise NotFound("There is no submission at this address.")
    return submission


def find(session: Session, *, event: Event, team_name: str, name: str) -> Submission:
    """Return the submission `name` of a team in an event; NotFound otherwise."""
    from ..models import Team

    submission = session.scalar(
        select(Submission)
        .join(EventTeam)
        .join(Team)
        .where(EventTeam.event_id == event.id, Team.name == team_name, Submission.name == name)
    )
    if submission is None:
        raise NotFound(f"Expected a submission of {team_name} in {event.name}, got {name!r}; there is none.")
    return submission


def delete_submission(session: Session, submission: Submission, *, store: FileStore, now: datetime) -> None:
    """Remove a submission, its results and its predictions; a job that runs for it loses its lease."""
    import shutil

    jobs.lock_pending(session, submission)  # before its rows: a worker locks in this order too
    ensembles.mark_due_for(session, submission.id)
    event_team = submission.event_team
    audit.record(
        session,
        actor=None,
        action="delete_submission",
        object_type="submission",
        now=now,
        object_name=f"{event_team.event.name}/{event_team.team.name}/{submission.name}",
    )
    folder = store.predictions_path(submission.id)
    session.delete(submission)
    session.flush()
    shutil.rmtree(folder, ignore_errors=True)


def rerun(session: Session, submission: Submission, *, now: datetime) -> None:
    """Forget the results of a submission and queue it again.

    Raises
    ------
    Conflict
        If it waits or runs already.
    """
    _lock(session, submission.event_team)
    session.refresh(submission)
    if submission.is_pending:
        raise Conflict(f"{submission.name} is {submission.state} already; it will be trained.")
    submission_rows.reset(session, submission)
    jobs.enqueue(session, submission=submission, now=now)
    session.flush()


def end_by_hand(session: Session, submission: Submission, *, state: SubmissionState, now: datetime) -> None:
    """Give a submission a final state; a job of its that waits is cancelled; one that runs is in the way."""
    job = jobs.lock_pending(session, submission)
    if job is not None and job.state is JobState.started:
        raise Conflict(f"{submission.name} is running on {job.worker}. Wait for it, or stop that worker.")
    session.refresh(submission)
    if state not in SUBMISSION_TRANSITIONS[submission.state]:
        raise Conflict(f"{submission.name} is {submission.state} by now; it cannot become {state}.")
    jobs.withdraw(session, submission, now=now)
    submission.state, submission.finished_at = state, now
    submission.error_message = "Set by the organisers."


def file_bytes(
    session: Session, *, submission: Submission, element: str, store: FileStore
) -> tuple[str, bytes]:
    """Return name and content of one file of a submission."""
    row = next((file for file in submission.files if file.workflow_element.name == element), None)
    if row is None:
        raise NotFound(f"This submission has no file for {element!r}.")
    return row.workflow_element.file_name, store.read(row.sha256)


def files_by_name(submission: Submission, store: FileStore) -> dict[str, bytes]:
    return {file.workflow_element.file_name: store.read(file.sha256) for file in submission.files}


def _check_name(name: str) -> None:
    if not NAME_PATTERN.fullmatch(name):
        raise RuleError(
            "Expected a submission name of 4 to 20 letters, digits, dots, dashes or underscores, "
            f"got {name!r} ({len(name)} characters)."
        )


def _lock(session: Session, event_team: EventTeam) -> None:
    """One submit of a team at a time; reads what the rules rest on afresh."""
    begin_writing(session)
    session.refresh(event_team, with_for_update=True)
    session.refresh(event_team.event)


def _waiting_time_s(event_team: EventTeam, now: datetime) -> int:
    if event_team.last_submitted_at is None:
        return 0
    pause = timedelta(seconds=event_team.event.min_duration_between_submissions_s)
    left_s = (event_team.last_submitted_at + pause - now).total_seconds()
    return max(0, -int(-left_s // 1))


def _complete_files(session: Session, event_team: EventTeam) -> dict:
    rows = sandbox.rows_by_element(session, event_team)
    elements = sandbox.elements_of(session, event_team)
    missing = [e.file_name for e in elements if e.id not in rows or rows[e.id].size_bytes == 0]
    if missing:
        raise RuleError(f"Expected every file of the workflow; empty or missing: {', '.join(missing)}.")
    return {element.id: rows[element.id] for element in elements}
