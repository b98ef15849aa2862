"""What deleting something removes, in words. Called by `tasks.submissions` before it is done."""

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from databoard.models import Job, Submission, SubmissionFile, SubmissionFold, SubmissionScore


def of_submission(session: Session, submission: Submission) -> str:
    """Return what goes with a submission."""

    def n_of(column: InstrumentedAttribute[int]) -> int:
        return session.scalar(select(func.count()).where(column == submission.id)) or 0

    place = f"{submission.event_team.team.name} in {submission.event_team.event.name}"
    return (
        f"{submission.name} of {place} ({submission.state}) would be deleted with "
        f"{n_of(SubmissionFile.submission_id)} files, {n_of(SubmissionFold.submission_id)} folds, "
        f"{n_of(SubmissionScore.submission_id)} scores and {n_of(Job.submission_id)} jobs."
    )
