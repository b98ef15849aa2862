"""Made-up rows for ``/patterns``: every macro in every state, from the same dataclasses as real pages."""

from datetime import datetime, timedelta
from typing import Any

from databoard.queries.board_columns import BoardColumn
from databoard.queries.checks import Check, CheckState
from databoard.queries.events import EventCard
from databoard.queries.paging import KeyPage, Position
from databoard.queries.submissions import SubmissionRow
from databoard.queries.waiting import Waiting
from databoard.scoring.shown_digits import ScoreCell
from databoard.services.teams.sandbox_conflicts import NewerVersion
from databoard.states import ERROR_STATES, ErrorCode, SubmissionState

COLUMNS = (BoardColumn("acc", "acc", False, True), BoardColumn("nll", "nll", True, False))
CODE = '''import numpy as np


class Classifier(BaseEstimator):
    """Says what it does."""

    def fit(self, X, y):  # learns
        self.rate_ = 0.5
        return self
'''


#: The same code as bob and as alice saved it; the last lines are so far from the change that they are left out.
THEIRS = f"{CODE}\n    def predict(self, X):\n        return self.rate_ * X.sum(axis=1)\n\n\n# The end\n"
MINE = THEIRS.replace("self.rate_ = 0.5", "self.rate_ = 0.25")


def everything(now: datetime) -> dict[str, Any]:
    """Return what the patterns page shows."""
    return {
        "states": tuple(SubmissionState),
        "columns": COLUMNS,
        "code": CODE,
        "now": now,
        "moments": (now - timedelta(days=3), now - timedelta(seconds=5), now + timedelta(hours=2)),
        "durations": (0.42, 7, 90, 900, 7500, 300_000),
        "sizes": (812, 1536, 20_000_000, 5 * 2**30),
        "between": KeyPage((), "WzFd", "WzJd", Position("WzFd")),
        "cards": (sample_card(now, is_featured=True), sample_card(now, is_frozen=True)),
        "checks": tuple(
            Check("disk", state, "12.5 of 250 GiB are free.", "fab empty_trash") for state in CheckState
        ),
        "rows": tuple(sample_row(state, now) for state in SubmissionState),
        "newer": (NewerVersion("classifier", "classifier.py", "bob", now, "0" * 64, THEIRS, MINE),),
        "history": [
            {"day": f"2026-11-{day}", "total": day << 30, "users": day << 29} for day in (22, 23, 25, 29)
        ],
        "curve": (0.81, 0.84, 0.86, 0.855, 0.87),
    }


def sample_card(now: datetime, *, is_featured: bool = False, is_frozen: bool = False) -> EventCard:
    """Return an event that is open."""
    opens_at, closes_at = now - timedelta(days=1), now + timedelta(days=7)
    return EventCard(
        "iris", "Iris", "iris", "open", opens_at, closes_at, 3, 12, None, True, is_featured, is_frozen
    )


def sample_row(state: SubmissionState, now: datetime) -> SubmissionRow:
    """Return a submission in this state."""
    is_scored, is_error = state == SubmissionState.scored, state in ERROR_STATES
    return SubmissionRow(
        slug="sample",
        name=f"in_{state}"[:20],
        team_name="alice",
        state=state,
        is_pending=not (is_scored or is_error or state == SubmissionState.cancelled),
        is_checking=False,
        is_error=is_error,
        error_code=ErrorCode.bad_output if is_error else "",
        error_headline="Expected predictions of shape (150, 3), got (150,)." if is_error else "",
        cells=(ScoreCell("acc", 0.97, "0.97", True), ScoreCell("nll", 0.12, "0.120"))
        if is_scored
        else (ScoreCell("acc", None, "–"), ScoreCell("nll", None, "–")),
        submitted_at=now - timedelta(minutes=12),
        train_time_s=3.21 if is_scored else None,
        valid_time_s=0.08 if is_scored else None,
        cpu_time_s=3.4 if is_scored else None,
        contributivity=34 if is_scored else 0,
        share=0.336 if is_scored else 0.0,
        waiting=Waiting(12, 87, 250.0, 610.0) if state == SubmissionState.new else None,
        n_folds=5,
        n_folds_done=2 if state == SubmissionState.training else 0,
    )
