"""How much memory warm kits may take: zygotes and scorers of one runner share one :class:`WarmRoom`.

A submission always finds room: the kits that nobody used for longest go first. A warm-up takes only free room.
"""

import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from databoard.jail import memory_room, processes

#: What the libraries and the data of a small kit take.
EXPECTED_BYTES = 200 << 20
#: So many zygotes and scorers of kits that run are kept whatever they take: two large kits must not oust each other.
ALWAYS_KEPT = 3
#: What a warm-up leaves to the submissions and to the rest of the machine.
_LEFT_BYTES = 1 << 30


@dataclass
class WarmRoom:
    """The memory that warm processes of one runner may take together.

    Parameters
    ----------
    max_bytes : int
    """

    max_bytes: int = 2 << 30
    _counts: list[Callable[[], int]] = field(default_factory=list)

    def count(self, used_bytes: Callable[[], int]) -> None:
        """Count what `used_bytes` returns, too."""
        self._counts.append(used_bytes)

    def is_full(self, n_kept: int) -> bool:
        """Return whether one more process beside `n_kept` of its kind would be too much."""
        if n_kept < ALWAYS_KEPT:
            return False
        return sum(count() for count in self._counts) + EXPECTED_BYTES > self.max_bytes

    def may_warm_up(self) -> bool:
        """Return whether there is room for a zygote and a scorer, here and on the machine."""
        used_bytes = sum(count() for count in self._counts)
        if used_bytes + 2 * EXPECTED_BYTES > self.max_bytes:
            return False
        return sys.platform != "linux" or memory_room.available_bytes() > 2 * EXPECTED_BYTES + _LEFT_BYTES


def process_bytes(pid: int) -> int:
    """Return the memory of a process; 0 when it has ended."""
    with contextlib.suppress(OSError):
        return processes.resident_bytes((f"/proc/{pid}",))
    return 0
