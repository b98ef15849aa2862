"""The scores that rescoring replaced, as a submission's page shows them. Called by `submissions`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.models import Submission, SupersededScore
from databoard.scoring.shown_digits import score_text

#: Digits for a score that was kept without its own.
_PRECISION = 2


@dataclass(frozen=True)
class EarlierScore:
    """A replaced score; `version` is the start of its version, `test_text` None while test scores are hidden."""

    name: str
    valid_text: str
    test_text: str | None
    version: str
    replaced_at: datetime


def earlier_scores(
    session: Session, submission: Submission, *, can_see_test: bool
) -> tuple[EarlierScore, ...]:
    """Return the replaced scores of a submission, the last replaced first."""
    query = (
        select(SupersededScore)
        .where(SupersededScore.submission_id == submission.id)
        .order_by(SupersededScore.replaced_at.desc(), SupersededScore.id)
    )
    return tuple(_earlier(row, can_see_test) for row in session.scalars(query))


def _earlier(row: SupersededScore, can_see_test: bool) -> EarlierScore:
    precision = row.details.get("precision", _PRECISION)
    return EarlierScore(
        name=row.name,
        valid_text=score_text(row.valid_bag, precision),
        test_text=score_text(row.test_bag, precision) if can_see_test else None,
        version=row.version[:8],
        replaced_at=row.replaced_at,
    )
