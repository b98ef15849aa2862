"""What backups of a large site cost: the first, the next one of the unchanged site, and one after a day of work.

    python tools/bench/backup_cost.py [submissions] [bytes of predictions of each]

The site is a SQLite database with that many submissions, a file of code and a file of predictions each. All three
backups are verified by a restore into scratch, as always. The last comes after a hundredth of new submissions.
"""

import os
import secrets
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

import config  # noqa: E402
from databoard.models import Event, EventTeam, Problem, Submission, SubmissionFile, Team, Workflow  # noqa: E402
from databoard.ops import schema  # noqa: E402
from databoard.ops.backup.make import MadeBackup, make  # noqa: E402
from databoard.ops.backup.named_files import predictions_path  # noqa: E402
from databoard.services.base.database import open_database, transaction  # noqa: E402
from databoard.services.base.files import FileStore  # noqa: E402
from databoard.services.events import catalogue  # noqa: E402
from databoard.states import SubmissionState  # noqa: E402
from tools.bench import measuring  # noqa: E402

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def main(n_submissions: int = 10_000, n_bytes: int = 4_000) -> None:
    """Fill a site, back it up three times, print a table."""
    with tempfile.TemporaryDirectory(prefix="databoard-backup-") as folder:
        settings = config.load({"DATABOARD_HOME": folder})
        schema.upgrade(settings.db_url)
        place = FileStore(settings.home, settings.problems)
        with open_database(settings) as database:
            with transaction(database.sessions) as session:
                event_team = _event_team(session)
                _submit(session, place, event_team, range(n_submissions), n_bytes)
            made = {"first": make(settings, now=NOW)}
            made["the same site again"] = make(settings, now=NOW + timedelta(days=1))
            with transaction(database.sessions) as session:
                later = range(n_submissions, n_submissions + n_submissions // 100)
                _submit(session, place, session.merge(event_team), later, n_bytes)
        made["after 1 % more"] = make(settings, now=NOW + timedelta(days=2))
        _print(n_submissions, made)


def _event_team(session: Session) -> EventTeam:
    catalogue.add_workflow_element_type(session, name="classifier", file_type="code")
    catalogue.add_workflow(session, name="classifier", element_type_names=["classifier"])
    workflow = session.scalars(select(Workflow)).one()
    problem = Problem(name="p", title="P", workflow=workflow, kit_version="0", created_at=NOW)
    limits = {"wall_time_limit_s": 1, "memory_limit_bytes": 1, "max_processes": 1, "log_limit_bytes": 1}
    event = Event(name="e", title="E", problem=problem, created_at=NOW, **limits)
    team = Team(name="t", is_individual=True, created_at=NOW)
    event_team = EventTeam(event=event, team=team, signed_up_at=NOW)
    session.add(event_team)
    session.flush()
    return event_team


def _submit(session: Session, store: FileStore, event_team: EventTeam, numbers: range, n_bytes: int) -> None:
    element = event_team.event.problem.workflow.elements[0]
    for number in numbers:
        code = store.put(b"SEED = %d\n" % number * 50, max_bytes=10_000)
        key = secrets.token_hex(16)
        submission = Submission(
            event_team=event_team,
            name=f"s{number}",
            slug=key[:12],
            state=SubmissionState.scored,
            predictions_key=key,
            submitted_at=NOW,
            files=[SubmissionFile(workflow_element=element, sha256=code.sha256, size_bytes=code.size_bytes)],
        )
        session.add(submission)
        session.flush()
        path = store.home / predictions_path(submission.id, key)
        path.parent.mkdir(parents=True)
        path.write_bytes(os.urandom(n_bytes))


def _print(n_submissions: int, made: dict[str, MadeBackup]) -> None:
    print(f"| backup of {n_submissions:,} submissions | seconds | files copied | files linked | MB written |")
    print("|---|---|---|---|---|")
    for name, backup in made.items():
        n_files = len(backup.manifest.files)
        sizes = [os.stat(backup.path / backup.manifest.place(file)) for file in backup.manifest.files]
        own = sum(size.st_size for size in sizes if size.st_nlink == 1) if name != "first" else 0
        written = backup.manifest.size_bytes if name == "first" else own + backup.manifest.database.size_bytes
        print(
            f"| {name} | {backup.duration_s:.1f} | {backup.n_copied:,} | {n_files - backup.n_copied:,} | "
            f"{written / 1e6:.1f} |"
        )


if __name__ == "__main__":
    main(*measuring.numbers(__doc__, submissions=10_000, bytes=4_000))
