"""The debug bundle of a job: a zip to try a submission elsewhere. For its page and ``fab show_job``.

It holds the code, the parameters, what the code printed and said, and versions. It never holds data, labels, scores,
indices of rows, or the log of a fault of the server, which may quote any of them.
"""

import io
import json
import platform
import zipfile
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

import databoard
from databoard.models import Event, EventScoreType, SubmissionFile
from databoard.queries import folds, job_page, release
from databoard.queries.job_page import JobFacts
from databoard.services.base.files import FileStore
from databoard.services.events.limits import limit_facts

#: Libraries that results depend on.
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")
README = """What a job of databoard ran, to try it on another machine.

submission/       the files of the submission; put them into the folder submissions/<name> of the starting kit
parameters.json   event, step, limits of a fold, names of the scores
versions.json     databoard, Python, libraries of the server, version of the kit
attempts/         the log of each attempt; that of a fault of the server is not here
printed/          what each fold printed before it got the hidden test rows
error.txt         the error that the team sees, with the trace of its own code

There are no data, labels, scores or settings of the server in it. Run it with: databoard test --submission=<name>
"""


def bundle(session: Session, facts: JobFacts, *, store: FileStore, now: datetime) -> bytes:
    """Return the zip of a job, in five queries."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _contents(session, facts, store, now).items():
            archive.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content)
    return output.getvalue()


def file_name(facts: JobFacts) -> str:
    return f"job_{facts.job.id}.zip"


def _contents(session: Session, facts: JobFacts, store: FileStore, now: datetime) -> dict[str, bytes]:
    submission = facts.submission
    found = {
        "README.txt": README.encode(),
        "parameters.json": _json(_parameters(session, facts)),
        "versions.json": _json(_versions(facts)),
    }
    for file in session.scalars(_files(submission.id)):
        found[f"submission/{file.workflow_element.file_name}"] = store.read(file.sha256)
    for one in job_page.attempts(session, [facts.job.id], sees_faults=False, now=now)[facts.job.id]:
        found[f"attempts/{one.number}_{one.outcome.replace(' ', '_')}.log"] = one.log.encode()
    for row in folds.printed(session, submission):
        found[f"printed/fold_{row.number}.txt"] = row.text.encode()
    if submission.error_message or submission.trace:
        found["error.txt"] = f"{submission.error_message}\n\n{submission.trace}\n".encode()
    return found


def _files(submission_id: int) -> Select[SubmissionFile]:
    loaded = joinedload(SubmissionFile.workflow_element, innerjoin=True)
    return select(SubmissionFile).where(SubmissionFile.submission_id == submission_id).options(loaded)


def _parameters(session: Session, facts: JobFacts) -> dict[str, object]:
    event = facts.submission.event_team.event
    return {
        "job": facts.job.id,
        "step": str(facts.job.step),
        "priority": facts.job.priority,
        "submission": facts.submission.name,
        "state": str(facts.submission.state),
        "event": event.name,
        "problem": event.problem.name,
        "n_folds": facts.n_folds,
        "limits_of_a_fold": vars(limit_facts(event)),
        "resources": event.resources,
        "scores": _score_names(session, event),
    }


def _score_names(session: Session, event: Event) -> list[str]:
    query = select(EventScoreType.name).where(EventScoreType.event_id == event.id)
    return list(session.scalars(query.order_by(EventScoreType.position)))


def _versions(facts: JobFacts) -> dict[str, object]:
    return {
        "databoard": databoard.__version__,
        "release": release.name(),
        "python": platform.python_version(),
        "kit": facts.submission.event_team.event.problem.kit_version,
        "libraries_of_the_server": {name: _version_of(name) for name in LIBRARIES},
    }


def _version_of(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _json(facts: dict[str, object]) -> bytes:
    return (json.dumps(facts, indent=1, default=str) + "\n").encode()
