"""The order of submissions on a board. Used by boards and by the report of a rescoring."""

import math
from datetime import datetime


def rank_key(
    value: float | None, is_lower_the_better: bool, submitted_at: datetime, submission_id: int
) -> tuple:
    """Return what submissions are sorted by, the best first; ties to the earlier, what has no score last."""
    is_unscored = value is None or math.isnan(value)
    sign = 1.0 if is_lower_the_better else -1.0
    return (is_unscored, 0.0 if is_unscored else sign * value, submitted_at, submission_id)
