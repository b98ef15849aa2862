"""Which files the rows name: contents of teams by their first two digits, and predictions of submissions."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from databoard.models import (
    Event,
    EventTeam,
    Job,
    SandboxFile,
    SandboxVersion,
    Submission,
    SubmissionFile,
    Team,
)
from databoard.runner.predictions import FILE_NAME
from databoard.services.base import joins

CONTENTS, PREDICTIONS = "submissions", "predictions"
HEX = "0123456789abcdef"
#: The first two digits of contents, each the name of a folder.
PREFIXES = tuple(a + b for a in HEX for b in HEX)
_MODELS: tuple[type[SandboxFile | SandboxVersion | SubmissionFile], ...] = (
    SandboxFile,
    SandboxVersion,
    SubmissionFile,
)


@dataclass(frozen=True)
class Sizes:
    """The least and the largest size that rows give for one content."""

    least: int
    largest: int


def content_path(sha256: str) -> str:
    return f"{CONTENTS}/{sha256[:2]}/{sha256}"


def run_path(submission_id: int, key: str) -> str:
    return f"{PREDICTIONS}/{submission_id:09d}/{key}/{FILE_NAME}"


def contents(session: Session, prefix: str) -> dict[str, Sizes]:
    """Return the contents that begin with two digits and that a row names, by path."""
    found: dict[str, Sizes] = {}
    for model in _MODELS:
        for sha256, least, largest in session.execute(_sizes(model.sha256, model.size_bytes, prefix)):
            path, known = content_path(sha256), Sizes(least, largest)
            other = found.get(path, known)
            found[path] = Sizes(min(other.least, least), max(other.largest, largest))
    return found


def _sizes(
    address: InstrumentedAttribute[str], size: InstrumentedAttribute[int], prefix: str
) -> Select[str, int, int]:
    bounds = (address >= prefix, address < f"{prefix[0]}{chr(ord(prefix[1]) + 1)}")
    return select(address, func.min(size), func.max(size)).where(*bounds).group_by(address)


def is_content_named(session: Session, sha256: str) -> bool:
    """Return whether a row names a content now."""
    return any(
        session.scalar(select(model.id).where(model.sha256 == sha256).limit(1)) is not None
        for model in _MODELS
    )


def runs(session: Session) -> Iterator[tuple[str, int]]:
    """Yield the predictions of scored submissions: path and number of the submission."""
    query = select(Submission.id, Submission.predictions_key).where(Submission.predictions_key != "")
    for submission_id, key in session.execute(query.execution_options(yield_per=10_000)):
        yield run_path(submission_id, key), submission_id


def running(session: Session) -> set[str]:
    """Return the folders in which running jobs may save predictions before a row names them."""
    query = select(Job.submission_id, Job.lease).where(Job.lease.is_not(None))
    return {run_path(submission_id, lease or "") for submission_id, lease in session.execute(query)}


def is_run_named(session: Session, path: str) -> bool:
    """Return whether a submission or a running job names the predictions at a path now."""
    _, number, *rest = path.split("/")
    if not (number.isascii() and number.isdecimal() and len(rest) == 2) or len(number) > 18:
        return False
    submissions = select(Submission.id).where(
        Submission.id == int(number), Submission.predictions_key == rest[0]
    )
    jobs = select(Job.id).where(Job.submission_id == int(number), Job.lease == rest[0])
    is_named = any(session.scalar(query.limit(1)) is not None for query in (submissions, jobs))
    return is_named and rest[1] == FILE_NAME


def owner(session: Session, path: str) -> str:
    """Return team and event of a row that names a file; for files of which there are few."""
    folder, part, name = path.split("/", 2)
    columns = (Team.name, Event.name)
    if folder == PREDICTIONS:
        query = joins.team_and_event(select(*columns).select_from(Submission)).where(
            Submission.id == int(part)
        )
        return _first(session, query)
    of_submission = select(*columns).select_from(SubmissionFile).join(Submission)
    queries = [joins.team_and_event(of_submission).where(SubmissionFile.sha256 == name)]
    for model in (SandboxFile, SandboxVersion):
        of_sandbox = select(*columns).select_from(model).join(EventTeam, EventTeam.id == model.event_team_id)
        queries.append(of_sandbox.join(Team).join(Event).where(model.sha256 == name))
    return next(filter(None, (_first(session, query) for query in queries)), "")


def _first(session: Session, query: Select[str, str]) -> str:
    row = session.execute(query.limit(1)).first()
    return f"{row[0]} in {row[1]}" if row else ""
