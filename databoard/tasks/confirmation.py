"""Tasks that lose data only print what they would do, until the name of what they destroy is typed.

Called by `tasks.submissions` and `tasks.restore_report`.
"""

from typing import TYPE_CHECKING

from databoard.errors import RuleError

if TYPE_CHECKING:
    from databoard.models import Submission


def is_confirmed(yes: str, name: str, words: str, command: str) -> bool:
    """Return whether `yes` is `name`; where nothing was typed, print what would be done and how to do it.

    Raises
    ------
    RuleError
        If `yes` is another name.
    """
    if yes == name:
        return True
    if yes:
        raise RuleError(f"Expected yes={name}, got yes={yes}. Nothing was done.")
    print(f"{words}\nNothing was done. To do it: {command},yes={name}")
    return False


def words_of(submission: "Submission", *, event: str, team: str) -> str:
    """Return what deleting a submission removes."""
    n_scores, n_files = len(submission.scores), len(submission.files)
    return (
        f"{submission.name} of {team} in {event} ({submission.state}) would be deleted with {n_files} files, "
        f"{len(submission.folds)} folds, {n_scores} scores and {len(submission.jobs)} jobs."
    )
