"""Submissions of any event and team in one list. For the command line."""

from dataclasses import dataclass

from sqlalchemy.orm import Session, selectinload

from databoard.models import Event, EventTeam, Submission
from databoard.queries.submissions import SubmissionRow, rows
from databoard.scoring.shown_digits import ScoreCell
from databoard.services.submissions import selection


@dataclass(frozen=True)
class ListedSubmission:
    """A submission, its event, and its official score."""

    event_name: str
    official: ScoreCell
    row: SubmissionRow


def listed(
    session: Session, *, event_name: str | None, team_name: str | None, name: str | None
) -> list[ListedSubmission]:
    """Return the submissions that match every given name, by event, the oldest first.

    Raises
    ------
    NotFound
        If there is no such event or team.
    """
    chosen = selection.selected(session, event_name=event_name, team_name=team_name, name=name)
    by_event: dict[int, list[Submission]] = {}
    for submission in chosen:
        by_event.setdefault(submission.event_team.event_id, []).append(submission)
    return [one for group in by_event.values() for one in _listed(session, group, group[0].event_team.event)]


def by_id(session: Session, submission_id: int) -> ListedSubmission | None:
    """Return one submission; None when it was deleted."""
    event_team = selectinload(Submission.event_team)
    submission = session.get(
        Submission, submission_id, options=[event_team.selectinload(EventTeam.event)], populate_existing=True
    )
    if submission is None:
        return None
    (found,) = _listed(session, [submission], submission.event_team.event)
    return found


def _listed(session: Session, submissions: list[Submission], event: Event) -> list[ListedSubmission]:
    place = event.score_types.index(event.official_score)
    return [ListedSubmission(event.name, row.cells[place], row) for row in rows(session, submissions, event)]
