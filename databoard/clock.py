"""The one place that reads the clock. Everything else gets ``now`` as an argument."""

from datetime import datetime, timezone


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(timezone.utc)
