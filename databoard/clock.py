"""The one place that reads the clock. Everything else is handed ``now``."""

from datetime import datetime, timezone


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(timezone.utc)
