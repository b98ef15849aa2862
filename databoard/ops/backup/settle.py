"""Make a restored database fit to be used: what ran when it was dumped waits again. Used by `ops.backup.restore`."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from databoard.models import Event, Job, Worker
from databoard.services.queue import jobs
from databoard.services.submissions.endings import return_to_queue
from databoard.states import JobState, JobStep

#: Browsers keep boards by their version. Those of after the dump must not be taken for later ones of the same number.
BOARD_VERSIONS = 1_000_000


def settle(session: Session, *, now: datetime) -> int:
    """Let the jobs of workers that are gone wait again, without counting the attempt; return how many.

    Claims of blending and rows of workers go too. No worker of the dump's time works on this database.
    """
    running = session.scalars(select(Job).where(Job.state == JobState.started).order_by(Job.id)).all()
    for job in running:
        jobs.hand_back(session, job, code=None, log="The database was restored.", now=now, is_counted=False)
        if job.step is not JobStep.check:
            return_to_queue(job.submission)
    without_loaded = {"synchronize_session": False}
    newer = Event.board_version + BOARD_VERSIONS
    session.execute(
        update(Event)
        .values(ensemble_claimed_at=None, ensemble_claimed_by="", board_version=newer)
        .execution_options(**without_loaded)
    )
    session.execute(delete(Worker).execution_options(**without_loaded))
    session.flush()
    return len(running)
