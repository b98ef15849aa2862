"""Rows of a page as plain records for JSON and CSV, the same values under the same names."""

from collections.abc import Iterable

from databoard.queries.folds import FoldRow
from databoard.queries.quota import LedgerRow
from databoard.queries.submissions import SubmissionRow
from databoard.queries.waiting import Waiting
from databoard.services.submissions.quota import DayQuota


def submission_records(rows: Iterable[SubmissionRow]) -> list[dict[str, object]]:
    """Return the team's submissions as records; a score that is not there yet is ``None``."""
    return [submission_record(row) for row in rows]


def fold_records(rows: Iterable[FoldRow], *, can_see_test: bool) -> list[dict[str, object]]:
    """Return the folds of a submission as records; those of the test step only for whom they are not hidden."""
    return [fold_record(row, can_see_test) for row in rows]


def fold_record(row: FoldRow, can_see_test: bool) -> dict[str, object]:
    """Return one :class:`FoldRow` as a record."""
    parts = {"train": row.train, "valid": row.valid, **({"test": row.test} if can_see_test else {})}
    scores = {f"{cell.name}_{part}": cell.value for part, cells in parts.items() for cell in cells}
    test_time = {"test_time_s": row.test_time_s} if can_see_test else {}
    return {
        "fold": row.number,
        "state": row.state,
        "error_code": row.error_code or None,
        **scores,
        "train_time_s": row.train_time_s,
        "valid_time_s": row.valid_time_s,
        **test_time,
        "cpu_time_s": row.cpu_time_s,
        "max_rss_bytes": row.max_rss_bytes,
    }


def submission_record(row: SubmissionRow) -> dict[str, object]:
    """Return one :class:`SubmissionRow` as a record."""
    scores = {cell.name: cell.value for cell in row.cells}
    return {
        "submission": row.name,
        "state": str(row.state),
        "error_code": row.error_code or None,
        **scores,
        "contributivity": row.share,
        "train_time_s": row.train_time_s,
        "valid_time_s": row.valid_time_s,
        "cpu_time_s": row.cpu_time_s,
        "submitted_at": row.submitted_at.isoformat(),
        **waiting_facts(row.waiting),
        "slug": row.slug,
    }


def state_record(row: SubmissionRow) -> dict[str, object]:
    """Return one :class:`SubmissionRow` as a record that tells, beside the scores, how far it is."""
    progress = {"is_pending": row.is_pending, "n_folds": row.n_folds, "n_folds_done": row.n_folds_done}
    return submission_record(row) | progress


def waiting_facts(waiting: Waiting | None) -> dict[str, object]:
    """Return where a submission stands in line, all ``None`` when it does not; seconds from now."""
    return {
        "place": waiting and waiting.place,
        "n_waiting": waiting and waiting.n_waiting,
        "likely_start_s": waiting and waiting.likely_s and round(waiting.likely_s),
        "latest_start_s": waiting and waiting.latest_s and round(waiting.latest_s),
    }


def ledger_records(rows: Iterable[LedgerRow]) -> list[dict[str, object]]:
    """Return the entries of a quota ledger as records; who is ``None`` where the server wrote by itself."""
    return [
        {
            "at": row.at.isoformat(),
            "team": row.team_name,
            "who": row.who or None,
            "submission": row.submission or None,
            "cause": row.cause,
            "kind": row.kind,
            "amount": row.amount,
            "balance": row.balance,
            "day": row.day.isoformat(),
        }
        for row in rows
    ]


def quota_record(today: DayQuota | None) -> dict[str, object] | None:
    """Return what a team may still do today as a record; a limit and what is left of it are ``None`` without one."""
    if today is None:
        return None
    return {
        "day": today.day.isoformat(),
        "resets_at": today.resets_at.isoformat(),
        "time_zone": today.time_zone,
        **{
            name: {
                "limit": quota.limit or None,
                "granted": quota.granted,
                "used": quota.used,
                "left": quota.left,
            }
            for name, quota in (("attempts", today.attempts), ("scored", today.scored))
        },
    }
