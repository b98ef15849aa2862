"""Run the tasks of one ``fab`` call in order: all of them, unless one is refused; the exit code is the worst.

Called by Fabric instead of its own executor; `console.command` gives it the outcome of each task. No task ends the
program itself, so what stands behind it always runs or is named.
"""

import sys
from dataclasses import dataclass
from typing import Any

from fabric.executor import Executor
from invoke.exceptions import Exit


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes
    ----------
    code : int
        Its exit code; 0 done.
    is_refused : bool
        Whether it could not do its work, so that what follows must not run. A task that did its work and found
        something wrong has a code and is not refused.
    """

    code: int = 0
    is_refused: bool = False


class Sequence(Executor):
    """Fabric's executor, stopped by the first task that is refused."""

    def execute(self, *tasks: Any) -> None:
        """Run `tasks` and end with the worst of their codes; name on standard error those that did not run.

        Raises
        ------
        Exit
            With the worst code, unless it is 0.
        """
        worst, left = 0, list(tasks)
        while left:
            task = left.pop(0)
            try:
                (outcome,) = super().execute(task).values()
            except BaseException:  # a fault, or Ctrl-C
                _name_not_run(left)
                raise
            worst = max(worst, outcome.code)
            if outcome.is_refused:
                _name_not_run(left)
                break
        if worst:
            raise Exit(code=worst)


def _name_not_run(tasks: list[Any]) -> None:
    if tasks:
        print(f"fab: not run: {', '.join(task.name for task in tasks)}", file=sys.stderr, flush=True)
