"""Submissions by command line: submit for a team, queue again, list, fix a state."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from databoard.errors import Conflict, NotFound
from databoard.kits import starting_kit_files
from databoard.models import Event, EventScoreType, EventTeam, Submission, Team
from databoard.ops.choices import one_of
from databoard.queries.submissions import SubmissionRow
from databoard.queries.submissions import rows as submission_rows
from databoard.services.base import audit
from databoard.services.base.files import FileStore
from databoard.services.events import events
from databoard.services.people.access import event_team_in
from databoard.services.submissions import rows, submit
from databoard.services.teams import teams
from databoard.states import FINAL_STATES, PENDING_STATES, SUBMISSION_TRANSITIONS, SubmissionState


def add_submission(
    session: Session,
    *,
    event_name: str,
    team_name: str,
    name: str,
    path: str,
    store: FileStore,
    now: datetime,
    is_forced: bool = False,
) -> str:
    """Queue the files of a folder for a team.

    Without `path` those of ``submissions/<name>/`` in the kit, and under the name ``starting_kit`` the kit's own.
    """
    event = events.event_by_name(session, event_name)
    event_team = event_team_in(session, event=event, team=teams.team_by_name(session, team_name))
    files = _files(path, name, store.kit_path(event.problem.name))
    submission = submit.deposit(
        session, event_team=event_team, name=name, files=files, store=store, now=now, is_forced=is_forced
    )
    is_new = submission.submitted_at == now
    return f"{'Queued' if is_new else 'There is already'} {name} of {team_name} in {event_name}."


def _files(path: str, name: str, kit_path: Path) -> dict[str, bytes]:
    if not path and name == "starting_kit":
        return starting_kit_files(kit_path)
    folder = Path(path) if path else kit_path / "submissions" / name
    if not folder.is_dir():
        raise NotFound(f"Expected a folder with the files of {name}, got {folder}; it is not there.")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def selected(
    session: Session,
    *,
    event_name: str | None,
    team_name: str | None,
    name: str | None,
    state: SubmissionState | None = None,
) -> list[Submission]:
    """Return the submissions that fit every given word, the oldest first."""
    query = select(Submission).join(EventTeam).join(Team).join(Event, Event.id == EventTeam.event_id)
    if event_name:
        query = query.where(Event.id == events.event_by_name(session, event_name).id)
    if team_name:
        query = query.where(Team.id == teams.team_by_name(session, team_name).id)
    if name:
        query = query.where(Submission.name == name)
    if state:
        query = query.where(Submission.state == state)
    event = selectinload(Submission.event_team).selectinload(EventTeam.event)
    return list(
        session.scalars(
            query.order_by(Submission.submitted_at, Submission.id).options(
                event.selectinload(Event.score_types).selectinload(EventScoreType.score_type)
            )
        )
    )


def queue_again(
    session: Session,
    *,
    event_name: str,
    team_name: str | None,
    name: str | None,
    state: str | None,
    now: datetime,
    is_forced: bool = False,
) -> str:
    """Queue the chosen submissions that are not scored; with a `state` those in it, with `is_forced` all."""
    wanted = one_of(SubmissionState, state, "a state") if state else None
    chosen = selected(session, event_name=event_name, team_name=team_name, name=name, state=wanted)
    again = [
        submission
        for submission in chosen
        if not submission.is_pending
        and (is_forced or wanted or submission.state is not SubmissionState.scored)
    ]
    for submission in again:
        submit.rerun(session, submission, now=now)
    n_waiting = sum(submission.is_pending for submission in chosen)
    plural = "s" * (len(chosen) != 1)
    return f"{len(chosen)} submission{plural} chosen, {len(again)} queued again, {n_waiting} wait or run."


def listed(
    session: Session, *, event_name: str | None, team_name: str | None, name: str | None
) -> list[dict[str, object]]:
    """Return submissions as plain rows for :mod:`databoard.ops.output`."""
    chosen = selected(session, event_name=event_name, team_name=team_name, name=name)
    by_event: dict[int, list[Submission]] = {}
    for submission in chosen:
        by_event.setdefault(submission.event_team.event_id, []).append(submission)
    return [
        _listed(row, group[0].event_team.event)
        for group in by_event.values()
        for row in submission_rows(session, group, group[0].event_team.event)
    ]


def set_state(
    session: Session, *, event_name: str, team_name: str, name: str, state: str, now: datetime
) -> str:
    """Move a submission to another state by hand; to `new` it is queued again with its results forgotten."""
    submission = rows.find(
        session, event=events.event_by_name(session, event_name), team_name=team_name, name=name
    )
    old, new = submission.state, one_of(SubmissionState, state, "a state")
    if new is SubmissionState.new:
        submit.rerun(session, submission, now=now)
    elif new in PENDING_STATES or new not in SUBMISSION_TRANSITIONS[old]:
        allowed = sorted({*(SUBMISSION_TRANSITIONS[old] & FINAL_STATES)} | {SubmissionState.new})
        raise Conflict(f"{name} is {old}; expected one of {', '.join(allowed)}, got {state!r}.")
    else:
        submit.end_by_hand(session, submission, state=new, now=now)
    audit.record(
        session,
        actor=None,
        action="set_state",
        object_type="submission",
        now=now,
        object_name=f"{event_name}/{team_name}/{name}",
        old=str(old),
        new=str(new),
    )
    return f"{name} of {team_name} in {event_name}: {old} -> {submission.state}."


def _listed(row: SubmissionRow, event: Event) -> dict[str, object]:
    place = event.score_types.index(event.official_score)
    return {
        "event": event.name,
        "team": row.team_name,
        "submission": row.name,
        "state": row.state,
        "error": row.error_code,
        "score": event.official_score.name,
        "value": row.cells[place].value,
        "contributivity": row.contributivity,
        "submitted_at": f"{row.submitted_at:%Y-%m-%d %H:%M:%S}",
    }
