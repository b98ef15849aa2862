"""One warm kit: its zygote and the spare cells that were walled in advance. `warm_jails` keeps several."""

import contextlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from databoard import jail
from databoard.jail import Limits, SealedFile, SingleUse, Zygote

Files = tuple[SealedFile, ...]


@dataclass(eq=False)
class Warm:
    """A zygote with what belongs to it; changed under the lock of its ``WarmJails`` only."""

    zygote: Zygote | SingleUse
    shared: Files  # kept, so that no other file takes the place of these in a key
    first_bytes: int
    spares: dict[Limits, list[jail.RunCell]] = field(default_factory=dict)
    n_running: int = 0
    used_at_s: float = 0.0
    until_s: float = math.inf  # when another is tried

    @property
    def is_single_use(self) -> bool:
        """Whether each spare warms up by itself, for a second of processor time and with memory of its own."""
        return isinstance(self.zygote, SingleUse)

    def close(self) -> None:
        """End the zygote and every spare; one that cannot be closed keeps none of the others."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.zygote.close)
            for spares in self.spares.values():
                for spare in spares:
                    stack.callback(spare.close)


def surplus(warm: Warm, all_kits: Iterable[Warm], n_wanted: int) -> list[jail.RunCell]:
    """Take spares that are single-use from other kits, so that with one more there are not too many in all."""
    kits = sorted((one for one in all_kits if one.is_single_use), key=lambda one: one.used_at_s)
    n_over = sum(len(spares) for one in kits for spares in one.spares.values()) + 1 - n_wanted
    others = [spares for one in kits if one is not warm for spares in one.spares.values()]
    taken: list[jail.RunCell] = []
    for spares in others:
        while spares and len(taken) < n_over:
            taken.append(spares.pop(0))
    return taken
