"""Run a statement by hand and print its rows, or open the database's shell. Called by ``fab sql``."""

import sys
from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.ops import console, guard
from databoard.services.base.database import open_database
from databoard.tasks import output

if TYPE_CHECKING:
    from config import Config


def sql(config: "Config", *, query: str, write: str, format: str) -> None:
    """Run `query`, or without one open the shell.

    Raises
    ------
    RuleError
        If the database refuses, or `write` is not its name.
    """
    output.require_format(format)
    may_write = console.require_confirmed(config, write)
    with open_database(config) as database:
        guard.require_own_database(config, database.engine)
    if not query:
        command, environ = console.shell_command(config, may_write=may_write)
        if may_write:
            console.note(config, "sql_shell", now=utc_now())
        console.replace_by(command, environ)
        return
    answer = console.run(config, query, may_write=may_write, now=utc_now())
    if answer.columns:
        output.show([dict(zip(answer.columns, row, strict=True)) for row in answer.rows], format)
    else:
        print(f"{answer.n_changed} rows were changed.")
    if answer.is_cut:
        print(f"Only the first {console.MAX_ROWS:,} rows are shown.", file=sys.stderr)
