"""Submit the files of a team, and queue submissions again. `allowances` decides whether a team may submit."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import Conflict, RuleError
from databoard.models import Event, EventTeam, Submission, User, WorkflowElement
from databoard.services.base import audit, storage_quota
from databoard.services.base import contents as file_contents
from databoard.services.base.database import begin_writing
from databoard.services.base.files import FileStore, StoredFile
from databoard.services.boards import rows as boards
from databoard.services.events import ensembles
from databoard.services.queue import jobs
from databoard.services.submissions import quota, syntax
from databoard.services.submissions import rows as submission_rows
from databoard.services.submissions.allowances import is_exempt, may_submit
from databoard.services.submissions.selection import obstacle
from databoard.services.teams import sandbox_rows
from databoard.states import (
    ERROR_STATES,
    SUBMISSION_TRANSITIONS,
    JobState,
    JobStep,
    SubmissionState,
    SubmissionType,
)

NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,19}")
#: Of a name that a participant gives; a kit may bring shorter ones.
MIN_NAME_LENGTH = 4


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
        If the event is not open, the name cannot be used, or a file is missing or does not parse.
    QuotaExceeded
        If the account or the event may not keep so many bytes.
    TooManyRequests
        If the team must wait, or has no quota left today.
    Conflict
        If the team has a submission of that name.
    """
    _check_name(name, MIN_NAME_LENGTH)
    _lock(session, event_team)
    earlier = submission_rows.by_name(session, event_team, name)
    is_retry = earlier is not None and earlier.state in ERROR_STATES | {SubmissionState.cancelled}
    if earlier is not None and not is_retry:
        raise Conflict(f"Your team has a submission called {name}. Choose another name.")
    allowance = may_submit(session, event_team=event_team, user=user, now=now)
    if not (allowance.is_allowed or (is_retry and allowance.is_retry_allowed)):
        raise allowance.error()
    files = _complete_files(session, event_team)
    contents = {element.file_name: store.read(file.sha256) for element, file in files}
    _require_parsed(event_team, contents, store)
    submission = (
        submission_rows.reset(session, earlier)
        if earlier is not None
        else submission_rows.new(session, event_team, name, type)
    )
    submission.user, submission.submitted_at, event_team.last_submitted_at = user, now, now
    submission_rows.insert(session, submission, {element.id: file for element, file in files}, now)
    storage_quota.room(session, user=user, event_id=event_team.event_id, store=store).require()
    if not is_exempt(user):
        quota.debit(session, submission, now=now)
    audit.record_on(session, submission, "submit", actor=user, now=now)
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
    loses its lease. Code and text may come from any system; what is no text is refused with its line.
    """
    _check_name(name, 1)
    _lock(session, event_team)
    allowance = may_submit(session, event_team=event_team, user=None, now=now)
    if not allowance.is_allowed:
        raise allowance.error()
    earlier = submission_rows.by_name(session, event_team, name)
    if earlier is not None and not is_forced:
        return earlier
    elements = sandbox_rows.elements_of(session, event_team)
    missing = [element.file_name for element in elements if element.file_name not in files]
    if missing:
        raise RuleError(f"Expected the files {', '.join(e.file_name for e in elements)}; missing: {missing}.")
    contents = {element.file_name: _as_stored(files[element.file_name], element) for element in elements}
    _require_parsed(event_team, contents, store)
    stored = {
        element.id: file_contents.put(store, contents[element.file_name], element) for element in elements
    }
    if earlier:
        _withdraw(session, earlier, now)
    submission = (
        submission_rows.reset(session, earlier)
        if earlier
        else submission_rows.new(session, event_team, name, SubmissionType.deposited)
    )
    submission.submitted_at = now
    submission_rows.insert(session, submission, stored, now)
    storage_quota.room(session, user=submission.user, event_id=event_team.event_id, store=store).require()
    return submission


def delete_submission(session: Session, submission: Submission, *, now: datetime) -> None:
    """Remove a submission and its results; a job that runs for it loses its lease. `trash` removes its files."""
    jobs.lock_pending(session, submission)  # before its rows: a worker locks in this order too
    ensembles.request_blending_for(session, submission.id)
    session.refresh(submission)
    if submission.is_pending:
        quota.refund_cancelled(session, submission, now=now)
    audit.record_on(session, submission, "delete_submission", actor=None, now=now)
    event_id, submission_id = submission.event_team.event_id, submission.id
    session.delete(submission)
    boards.refresh(session, event_id, [submission_id])


def rerun(
    session: Session,
    submission: Submission,
    *,
    now: datetime,
    step: JobStep = JobStep.train_test,
    priority: int = 0,
    is_clean: bool = True,
) -> None:
    """Queue a submission again from `step` on; a higher `priority` goes first.

    With `is_clean` its results are forgotten at once. Without it a scored one keeps them until there are new ones.

    Raises
    ------
    Conflict
        If it waits or runs already, or shall be scored and has no predictions.
    """
    _lock(session, submission.event_team)
    session.refresh(submission)
    if why_not := obstacle(submission, step):
        raise Conflict(f"{submission.name} {why_not}.")
    if submission.state is SubmissionState.scored and not is_clean:
        submission_rows.keep_scores(session, submission)
    elif step is JobStep.score:
        submission_rows.reopen(session, submission)
    else:
        submission_rows.reset(session, submission)
    jobs.enqueue(session, submission=submission, now=now, step=step, priority=priority)
    session.flush()


def end_by_hand(session: Session, submission: Submission, *, state: SubmissionState, now: datetime) -> None:
    """Give a submission a final state; its waiting job is cancelled; a running job is refused."""
    job = jobs.lock_pending(session, submission)
    if job is not None and job.state is JobState.started:
        raise Conflict(f"{submission.name} is running on {job.worker}. Wait for it, or stop that worker.")
    session.refresh(submission)
    if state not in SUBMISSION_TRANSITIONS[submission.state]:
        raise Conflict(f"{submission.name} is {submission.state} by now; it cannot become {state}.")
    jobs.withdraw(session, submission, now=now)
    submission_rows.forget_kept_scores(session, submission.id)
    quota.refund_cancelled(session, submission, now=now)
    submission.state, submission.finished_at = state, now
    submission.error_message = "Set by the organisers."


def _check_name(name: str, min_length: int) -> None:
    if len(name) < min_length or not NAME_PATTERN.fullmatch(name):
        raise RuleError(
            f"Expected a submission name of {min_length} to 20 letters, digits, dots, dashes or underscores, "
            f"got {name!r} ({len(name)} characters)."
        )


def _lock(session: Session, event_team: EventTeam) -> None:
    """Lock the team, so that it submits once at a time, and read again what the rules need.

    Leaves the row's key to others (FOR NO KEY UPDATE): a worker that holds a job may write into the team's ledger.
    """
    begin_writing(session)
    session.refresh(event_team, with_for_update={"key_share": True})
    session.get_one(Event, event_team.event_id, populate_existing=True)


def _as_stored(content: bytes, element: WorkflowElement) -> bytes:
    is_text = element.element_type.file_type.is_editable
    return file_contents.text_content(content, element) if is_text else content


def _require_parsed(event_team: EventTeam, files: dict[str, bytes], store: FileStore) -> None:
    syntax.require_parsed(files, kit_path=store.kit_path(event_team.event.problem.name))


def _withdraw(session: Session, submission: Submission, now: datetime) -> None:
    """Take the job from a worker that may be running the old files; give back what they took."""
    jobs.withdraw(session, submission, now=now)
    session.refresh(submission)  # a worker may have scored them while we waited for its job
    if submission.is_pending:
        quota.refund_cancelled(session, submission, now=now)


def _complete_files(session: Session, event_team: EventTeam) -> list[tuple[WorkflowElement, StoredFile]]:
    rows = sandbox_rows.rows_by_element(session, event_team)
    elements = sandbox_rows.elements_of(session, event_team)
    missing = [e.file_name for e in elements if e.id not in rows or rows[e.id].size_bytes == 0]
    if missing:
        raise RuleError(f"Expected every file of the workflow; empty or missing: {', '.join(missing)}.")
    return [(e, StoredFile(rows[e.id].sha256, rows[e.id].size_bytes)) for e in elements]
