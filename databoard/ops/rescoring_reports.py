"""What a rescoring returns to its caller: what changes, and what was written."""

from dataclasses import dataclass

from databoard.services.results.rescoring import RankChange


@dataclass(frozen=True)
class UnchangedSubmission:
    """A submission that keeps its old scores, and why."""

    team: str
    submission: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """What the new scores change; nothing is written yet.

    Attributes
    ----------
    official_before, official : str
        Shown name of the official score, before and after.
    n_scored : int
        Submissions of the event that have scores.
    """

    event_name: str
    changes: tuple[RankChange, ...]
    official_before: str
    official: str
    n_scored: int
    unchanged: tuple[UnchangedSubmission, ...]


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes
    ----------
    n_added : tuple of int
        By round, submissions that were scored meanwhile and therefore rescored too.
    n_restarted : int
        Submissions that ran and start again.
    unchanged : tuple of UnchangedSubmission
        Of the comparison, and of what was added.
    other_events : tuple of str
        Events of the same problem that show scores of the old kit.
    due_note : str
        What computes the contributivities; empty when they are up to date.
    """

    event_name: str
    n_replaced: int
    n_restarted: int
    n_added: tuple[int, ...]
    unchanged: tuple[UnchangedSubmission, ...]
    other_events: tuple[str, ...]
    due_note: str
