"""The rules that both the order of the queue and its forecasts follow. Used by `services`, `simulation`, `worker`."""

from dataclasses import dataclass
from datetime import timedelta

COMPUTE_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class QueueRules:
    """The settings that the queue goes by.

    Attributes
    ----------
    team_jobs : int
        How many submissions of a team may train at the same time; 0: no cap.
    lease_s : float
        A worker that was silent for longer is not alive.
    """

    team_jobs: int = 0
    lease_s: float = 60.0


#: No cap but the slot that is kept for other teams.
PLAIN_RULES = QueueRules()


def cap_of_team(rules: QueueRules, n_workers: int) -> int | None:
    """Return how many jobs of one team may run while `n_workers` are alive; None: any number.

    Of two workers or more one is always free for another team, whatever the setting says.
    """
    caps = [rules.team_jobs] * (rules.team_jobs > 0) + [n_workers - 1] * (n_workers > 1)
    return min(caps, default=None)
