"""Tasks that lose data only print what they would do, until the name of what they destroy is typed.

Called by `tasks.submissions`, `tasks.restore_report` and `tasks.reset_report`.
"""

from databoard.errors import RuleError


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
    print(f"{words}\nNothing was done. To do it: {command}{',' if ':' in command else ':'}yes={name}")
    return False
