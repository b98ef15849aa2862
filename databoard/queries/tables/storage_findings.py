"""The table of files that do not fit the rows that name them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import StorageFinding
from databoard.queries.paging import KeyPage, SortColumn, page_by_key
from databoard.queries.tables.table import Asked, Column, Filter, Kind, Row, Table
from databoard.states import StorageProblem


def read(session: Session, asked: Asked) -> KeyPage[Row]:
    """Return findings, the latest first; one query."""
    columns = {"problem": StorageFinding.problem, "owner": StorageFinding.owner}
    chosen = [columns[name] == value for name, value in asked.chosen.items()]
    order = [SortColumn(StorageFinding.found_at, True), SortColumn(StorageFinding.id, True)]
    query = select(StorageFinding).where(*chosen)
    found = page_by_key(session, query, order, position=asked.position, size=asked.size)
    return found.with_rows(_row(finding) for (finding,) in found.rows)


def _row(finding: StorageFinding) -> Row:
    return Row(
        {
            "id": finding.id,
            "problem": finding.problem,
            "path": finding.path,
            "bytes": finding.bytes,
            "expected_bytes": finding.expected_bytes,
            "owner": finding.owner,
            "found_at": finding.found_at,
            "fixed_at": finding.fixed_at,
        }
    )


TABLE = Table(
    name="storage_findings",
    title="Storage findings",
    about="Files that the latest check found missing, named by no row, or of a wrong size. Removed ones stay.",
    columns=(
        Column("id", "Number", Kind.number),
        Column("problem", "Problem", Kind.state),
        Column("path", "File"),
        Column("bytes", "On the disk", Kind.bytes),
        Column("expected_bytes", "Expected", Kind.bytes),
        Column("owner", "Named by"),
        Column("found_at", "Found", Kind.moment),
        Column("fixed_at", "Removed", Kind.moment),
    ),
    filters=(
        Filter("problem", "Problem", tuple(str(problem) for problem in StorageProblem)),
        Filter("owner", "Named by"),
    ),
    read=read,
    empty="Every file fits. Check again: fab check_storage",
)
