"""The files that the rows of a database name, and how many rows each table has. Used by `ops.backup.make`.

Only the columns that name files are read, and only those of tables that are there. So a database of an earlier
revision can be backed up before it is upgraded.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, inspect, literal_column, select, table

from databoard.models import SandboxFile, SandboxVersion, Submission, SubmissionFile
from databoard.runner.predictions import FILE_NAME

_CONTENTS: tuple[Table, ...] = tuple(
    model.metadata.tables[model.__tablename__] for model in (SandboxFile, SandboxVersion, SubmissionFile)
)
_SUBMISSIONS = Submission.metadata.tables[Submission.__tablename__]


@dataclass(frozen=True, order=True)
class NamedFile:
    """A file that a row names: its path below DATABOARD_HOME, and its SHA-256 where the row knows it."""

    path: str
    sha256: str | None = None


def named_files(connection: Connection) -> list[NamedFile]:
    """Return what submissions, sandboxes and their versions consist of, and what scored submissions predicted."""
    there = set(inspect(connection).get_table_names())
    contents = {
        sha256
        for each in _CONTENTS
        if each.name in there
        for sha256 in connection.scalars(select(each.c.sha256).distinct())
    }
    named = [NamedFile(f"submissions/{sha256[:2]}/{sha256}", sha256) for sha256 in contents]
    if _SUBMISSIONS.name in there:
        runs = select(_SUBMISSIONS.c.id, _SUBMISSIONS.c.predictions_key)
        named += [NamedFile(predictions_path(*run)) for run in connection.execute(runs) if run[1]]
    return sorted(named, key=lambda file: file.path)


def predictions_path(submission_id: int, key: str) -> str:
    """Return where the predictions of one run lie below DATABOARD_HOME."""
    return f"predictions/{submission_id:09d}/{key}/{FILE_NAME}"


def n_rows(connection: Connection) -> dict[str, int]:
    """Return the number of rows of every table, those of other programs included."""
    names = sorted(inspect(connection).get_table_names())
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def revision(connection: Connection) -> str | None:
    """Return the revision of the schema; None of an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(literal_column("version_num")).select_from(table("alembic_version")))
