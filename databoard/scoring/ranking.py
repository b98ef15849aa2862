"""The order of submissions on a board. Used by boards and by the report of a rescoring."""

import math
from datetime import datetime

#: Unscored last, then by score, time and id.
RankKey = tuple[bool, float, datetime, int]


def rank_key(
    value: float | None, is_lower_the_better: bool, submitted_at: datetime, submission_id: int
) -> RankKey:
    """Return what submissions are sorted by, the best first; ties to the earlier, what has no score last."""
    if value is None or math.isnan(value):
        return True, 0.0, submitted_at, submission_id
    return False, value if is_lower_the_better else -value, submitted_at, submission_id


def signed_key(value: float | None, is_lower_the_better: bool) -> float:
    """Return a score so that the smaller is the better; infinity when there is none. For an index of a database."""
    if value is None or math.isnan(value):
        return math.inf
    return (value if is_lower_the_better else -value) + 0.0  # without the sign of a zero
