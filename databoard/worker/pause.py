"""Whether workers take no work for now: the site is closed for maintenance, or its disk is nearly full.

Asked before each claim, so a worker goes on by itself, without a restart, when the reason is gone. What runs ends.
"""

from databoard.services.base import disk, maintenance
from databoard.services.base.files import FileStore


def is_closed(store: FileStore) -> bool:
    """Return whether the site is closed for maintenance."""
    return maintenance.state(store.home) is not None


def why_paused(store: FileStore) -> str:
    """Return why no work is taken now; empty when it is."""
    if is_closed(store):
        return "the site is closed for maintenance"
    if store.min_free_bytes and (free := disk.free_bytes(store.home)) < store.min_free_bytes:
        return f"the disk has {free:,} bytes free, fewer than DATABOARD_MIN_FREE_BYTES ({store.min_free_bytes:,})"
    return ""
