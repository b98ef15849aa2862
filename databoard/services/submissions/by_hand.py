"""Change submissions by hand: choose them by name, queue them again, set a state. Called by the fab tasks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import Conflict
from databoard.services.base import audit
from databoard.services.events import events
from databoard.services.submissions import rows, submit
from databoard.services.submissions.selection import selected
from databoard.states import FINAL_STATES, PENDING_STATES, SUBMISSION_TRANSITIONS, SubmissionState


@dataclass(frozen=True)
class QueuedAgain:
    """How many submissions were chosen, how many of them were queued again, how many wait or run now."""

    n_chosen: int
    n_queued: int
    n_pending: int


@dataclass(frozen=True)
class StateChange:
    """The state of a submission before and after."""

    old: SubmissionState
    new: SubmissionState


def queue_again(
    session: Session,
    *,
    event_name: str,
    team_name: str | None,
    name: str | None,
    state: SubmissionState | None,
    now: datetime,
    is_forced: bool = False,
) -> QueuedAgain:
    """Queue the chosen submissions that are not scored; with a `state` those in it, with `is_forced` all.

    Raises
    ------
    NotFound
        If there is no such event or team.
    """
    chosen = selected(session, event_name=event_name, team_name=team_name, name=name, state=state)
    again = [
        submission
        for submission in chosen
        if not submission.is_pending
        and (is_forced or state or submission.state is not SubmissionState.scored)
    ]
    for submission in again:
        submit.rerun(session, submission, now=now)
    return QueuedAgain(len(chosen), len(again), sum(submission.is_pending for submission in chosen))


def set_state(
    session: Session, *, event_name: str, team_name: str, name: str, state: SubmissionState, now: datetime
) -> StateChange:
    """Move a submission to another state; ``new`` forgets its results and queues it again.

    Raises
    ------
    NotFound
        If there is no such event or submission.
    Conflict
        If the submission cannot go from its state to `state`.
    """
    event = events.event_by_name(session, event_name)
    submission = rows.find(session, event=event, team_name=team_name, name=name)
    old = submission.state
    if state is SubmissionState.new:
        submit.rerun(session, submission, now=now)
    elif state in PENDING_STATES or state not in SUBMISSION_TRANSITIONS[old]:
        allowed = sorted({*(SUBMISSION_TRANSITIONS[old] & FINAL_STATES)} | {SubmissionState.new})
        raise Conflict(f"{name} is {old}; expected one of {', '.join(allowed)}, got {str(state)!r}.")
    else:
        submit.end_by_hand(session, submission, state=state, now=now)
    audit.record_on(session, submission, "set_state", actor=None, now=now, old=str(old), new=str(state))
    return StateChange(old, submission.state)
