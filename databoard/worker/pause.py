"""Whether workers take no work for now: the site is closed for maintenance, its disk or the memory is nearly full.

Asked before each claim, so a worker goes on by itself, without a restart, when the reason is gone. What runs ends.
"""

from databoard.services.base import disk, maintenance
from databoard.services.base.files import FileStore
from databoard.worker import usage


def is_closed(store: FileStore) -> bool:
    """Return whether the site is closed for maintenance."""
    return maintenance.state(store.home) is not None


def why_paused(store: FileStore, max_memory: float = 1.0) -> str:
    """Return why no work is taken now; empty when it is.

    Parameters
    ----------
    max_memory : float
        The share of the machine's memory from which on none is taken, 0 to 1; at 1 nobody asks.
    """
    if is_closed(store):
        return "the site is closed for maintenance"
    if store.min_free_bytes and (free := disk.free_bytes(store.home)) < store.min_free_bytes:
        return f"the disk has {free:,} bytes free, fewer than DATABOARD_MIN_FREE_BYTES ({store.min_free_bytes:,})"
    if max_memory < 1 and (used := usage.memory_used() or 0.0) >= max_memory:
        limit = f"DATABOARD_MAX_MEMORY_PERCENT ({100 * max_memory:.0f})"
        return f"{100 * used:.0f} % of the memory of the machine is used, not fewer than {limit}"
    return ""
