"""The limits of one fold of an event, for the runner and for the page of the event."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from databoard.models import Event

if TYPE_CHECKING:
    from databoard.kits import EventSpec
    from databoard.runner import Limits

#: Processor time of a fold whose event sets none, in wall times: as if it kept four cores busy.
CPU_PER_WALL_TIME = 4


@dataclass(frozen=True)
class LimitFacts:
    """The limits of one fold as a page shows them."""

    wall_time_s: int
    cpu_time_s: int
    memory_bytes: int
    max_processes: int
    disk_bytes: int
    max_files: int
    log_bytes: int


def limit_facts(event: "Event | EventSpec") -> LimitFacts:
    """Return the limits of one fold of an event; needs no numeric library, unlike :func:`limits_of`."""
    return LimitFacts(
        wall_time_s=event.wall_time_limit_s,
        cpu_time_s=event.cpu_time_limit_s or event.wall_time_limit_s * CPU_PER_WALL_TIME,
        memory_bytes=event.memory_limit_bytes,
        max_processes=event.max_processes,
        disk_bytes=event.disk_limit_bytes,
        max_files=event.max_files,
        log_bytes=event.log_limit_bytes,
    )


def limits_of(event: "Event | EventSpec") -> "Limits":
    """Return what one fold of an event may use, as the jail takes it."""
    from databoard.runner import Limits

    facts = limit_facts(event)
    return Limits(**vars(facts), file_size_bytes=facts.disk_bytes)
