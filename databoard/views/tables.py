"""Rows of a page as plain records for JSON and CSV, the same values under the same names."""


def submission_records(rows) -> list[dict]:
    """Return the team's submissions as records; a score that is not there yet is ``None``."""
    return [submission_record(row) for row in rows]


def submission_record(row) -> dict:
    """Return one :class:`SubmissionRow` as a record."""
    scores = {cell.name: cell.value for cell in row.cells}
    return {
        "submission": row.name,
        "state": str(row.state),
        "error_code": row.error_code or None,
        **scores,
        "contributivity": row.contributivity,
        "train_time_s": row.train_time_s,
        "valid_time_s": row.valid_time_s,
        "submitted_at": row.submitted_at.isoformat(),
        "slug": row.slug,
    }
