"""One record for each kind of row: a dict of plain values under the names that users see.

Page tables, JSON, CSV and the fab tasks call the same function for the same kind of row, so that all show the same
fields. Times are ISO texts or seconds; `None` is a value that is not there.
"""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy.orm import Session

from databoard.models import Event
from databoard.queries import leaderboards
from databoard.queries.folds import FoldRow
from databoard.queries.leaderboards import BoardRow
from databoard.queries.quota import LedgerRow
from databoard.queries.submission_list import ListedSubmission
from databoard.queries.submissions import SubmissionRow
from databoard.queries.waiting import PendingJob, Waiting
from databoard.queries.workers import WorkerRow
from databoard.services.submissions.quota import DayQuota
from databoard.services.submissions.selection import ControlRow
from databoard.states import BoardKind


def board_record(row: BoardRow, *, has_contributivity: bool) -> dict[str, object]:
    """Return a row of a leaderboard: scores as on the page, contributivities as shares."""
    shares = {"contributivity": row.share, "historical_contributivity": row.historical_share}
    return {
        "rank": row.rank,
        "team": row.team_name,
        "submission": row.name,
        **{cell.name: cell.value for cell in row.cells},
        **(shares if has_contributivity else {}),
        **({"move": row.move} if row.move is not None else {}),
        "train_time_s": row.train_time_s,
        "valid_time_s": row.valid_time_s,
        "submitted_at": row.submitted_at.isoformat(),
    }


def every_board_record(session: Session, *, event_id: int, kind: BoardKind) -> Iterator[dict[str, object]]:
    """Yield the records of all rows of a leaderboard, the best first."""
    event = session.get_one(Event, event_id)
    for row in leaderboards.every_row(session, event=event, kind=kind):
        yield board_record(row, has_contributivity=event.has_contributivity)


def submission_record(row: SubmissionRow) -> dict[str, object]:
    """Return a submission in the list of its team."""
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
        **_waiting_facts(row.waiting),
        "slug": row.slug,
    }


def state_record(row: SubmissionRow) -> dict[str, object]:
    """Return a submission with its progress."""
    progress = {"is_pending": row.is_pending, "n_folds": row.n_folds, "n_folds_done": row.n_folds_done}
    return submission_record(row) | progress


def listed_submission_record(one: ListedSubmission) -> dict[str, object]:
    """Return a submission in the list of all events, with its official score and its contributivity in percent."""
    return {
        "event": one.event_name,
        "team": one.row.team_name,
        "submission": one.row.name,
        "state": one.row.state,
        "error": one.row.error_code,
        "score": one.official.name,
        "value": one.official.value,
        "contributivity": one.row.contributivity,
        "submitted_at": f"{one.row.submitted_at:%Y-%m-%d %H:%M:%S}",
    }


def fold_record(row: FoldRow, *, can_see_test: bool) -> dict[str, object]:
    """Return a fold of a submission; the fields of the test step only when the viewer may see them."""
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


def ledger_record(row: LedgerRow) -> dict[str, object]:
    """Return an entry of a quota ledger; `who` is None where the server wrote by itself."""
    return {
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


def day_quota_record(today: DayQuota | None) -> dict[str, object] | None:
    """Return what a team may still do today; a limit and what is left of it are None without one."""
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


def team_quota_record(team_name: str, today: DayQuota) -> dict[str, object]:
    """Return the same of one team in a list of teams."""
    return {
        "team": team_name,
        "attempts_left": today.attempts.left,
        "attempts": today.attempts.allowed if today.attempts.is_limited else None,
        "scored_left": today.scored.left,
        "scored": today.scored.allowed if today.scored.is_limited else None,
        "failed": today.n_failed,
        "resets_at": f"{today.resets_at:%Y-%m-%d %H:%M} UTC",
    }


def worker_record(row: WorkerRow) -> dict[str, object]:
    """Return a worker."""
    jobs = [f"{job.event_name}/{job.team_name}/{job.submission_name}" for job in row.jobs]
    return {
        "worker": row.name,
        "state": str(row.state),
        "jobs": "; ".join(jobs),
        "pid": row.pid,
        "uptime_s": round(row.uptime_s),
        "rss_bytes": row.usage.rss_bytes,
        "cpu_percent": row.usage.cpu_percent,
        "memory_used": _share(row.usage.memory_used),
        "disk_used": _share(row.usage.disk_used),
        "jail_level": row.jail_level,
        "engine": row.engine,
        "n_slots": row.n_slots,
        "n_done": row.n_done,
        "n_faults": row.n_faults,
        "started_at": row.started_at.isoformat(timespec="seconds"),
        "heartbeat_at": row.heartbeat_at.isoformat(timespec="seconds"),
        "stopped_at": row.stopped_at and row.stopped_at.isoformat(timespec="seconds"),
        "pause_reason": row.usage.pause_reason,
        "open_layers": row.open_layers,
    }


def pending_record(row: PendingJob) -> dict[str, object]:
    """Return a job that waits or runs; whole seconds."""
    return {name: round(value) if isinstance(value, float) else value for name, value in vars(row).items()}


def pending_by_state(jobs: Mapping[str, Iterable[PendingJob]]) -> dict[str, list[dict[str, object]]]:
    """Return the pending jobs of one kind by their state."""
    return {state: [pending_record(job) for job in found] for state, found in jobs.items()}


def cancelled_record(row: ControlRow) -> dict[str, object]:
    """Return what became of a job that was cancelled by hand."""
    return {
        "job": row.job_id,
        "job_state": row.job_state,
        "event": row.event,
        "team": row.team,
        "submission": row.submission,
        "old_state": row.old_state,
        "outcome": row.outcome,
    }


def rerun_record(row: ControlRow) -> dict[str, object]:
    """Return what became of a submission that was queued again by hand."""
    return {name: value for name, value in cancelled_record(row).items() if name not in {"job", "job_state"}}


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _waiting_facts(waiting: Waiting | None) -> dict[str, object]:
    """Return the place of a submission in the queue, in seconds from now; all None when it does not wait."""
    return {
        "place": waiting and waiting.place,
        "n_waiting": waiting and waiting.n_waiting,
        "likely_start_s": waiting and waiting.likely_s and round(waiting.likely_s),
        "latest_start_s": waiting and waiting.latest_s and round(waiting.latest_s),
    }
