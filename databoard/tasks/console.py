"""What all fab tasks share: errors as one line, a database session, the classic notation.

Importing it is cheap: database and settings come when a task runs.
"""

import getpass
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any

import fabric.main
from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext
from invoke.tasks import Task, task

from databoard.tasks import classic
from databoard.tasks.sequence import Outcome, Sequence

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config import Config
    from databoard.services.base.files import FileStore

logger = logging.getLogger("databoard.commands")
#: What a task does; it returns its exit code, or nothing.
Body = Callable[..., "int | None"]


def command(*positional: str, **options: Any) -> Callable[[Body], Callable[..., Any]]:
    """Make a fab task whose errors are one line and an exit code: 1 refused, 2 not understood, or no jail.

    The body returns nothing, or the exit code of what it found. The task returns an `Outcome` and never ends the
    program.
    """

    def decorate(body: Body) -> Callable[..., Any]:
        @wraps(body)
        def guarded(c: Context, *args: Any, **kwargs: Any) -> Outcome:
            log_commands()
            started_s = time.monotonic()
            outcome = attempted(c, *args, **kwargs)
            took_s = time.monotonic() - started_s
            # Never the arguments: a password may be among them.
            logger.info("%s ended with code %s after %.1f s", body.__name__, outcome.code, took_s)
            return outcome

        def attempted(c: Context, *args: Any, **kwargs: Any) -> Outcome:
            import config
            from databoard.errors import DataboardError, JailError

            try:
                return Outcome(body(c, *args, **kwargs) or 0)
            except (
                JailError
            ) as error:  # before its base: a machine that may not run submissions is no refusal
                return _refused(error, 2)
            except DataboardError as error:
                return _refused(error, 1)
            except (classic.UsageError, config.SettingError) as error:
                return _refused(error, 2)
            except BrokenPipeError:  # who reads has enough: fab … | head
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return Outcome()
            except _database_error() as error:
                words = " ".join(str(getattr(error, "orig", error)).split())
                return _refused(f"the database does not answer: {words}", 1)

        return task(guarded, positional=list(positional), **options)

    return decorate


def log_commands() -> None:
    """Log to ``ops.log``; a wrong setting is left to the task that reads it, which may need none."""
    import config
    from databoard import logs

    rows = {row.attribute: row for row in config.SETTINGS}
    with suppress(config.SettingError):
        values = {field.name: rows[field.name].read(os.environ) for field in fields(logs.LogSettings)}
        logs.set_up(logs.LogSettings(**values), source="ops")


def file_store() -> "FileStore":
    """Return the file store, for tasks that need no database."""
    import config
    from databoard.services.base.files import FileStore

    settings = config.load()
    return FileStore(settings.home, settings.problems, min_free_bytes=settings.min_free_bytes)


@contextmanager
def server_session() -> "Iterator[tuple[Config, Session, FileStore, datetime]]":
    """Yield settings, a session that commits at the end, the file store and the time."""
    import config
    from databoard.clock import utc_now
    from databoard.ops import guard
    from databoard.services.base.database import open_database, transaction
    from databoard.services.base.files import FileStore

    settings = config.load()
    with open_database(settings) as database:
        guard.require_ready(settings, database.engine)
        with transaction(database.sessions) as session:
            yield (
                settings,
                session,
                FileStore(settings.home, settings.problems, min_free_bytes=settings.min_free_bytes),
                utc_now(),
            )


def back_up_first() -> None:
    """In production make a backup before a task destroys something, and print its name."""
    import config
    from databoard.clock import utc_now
    from databoard.ops.backup import make

    if name := make.back_up_first(config.load(), now=utc_now()):
        print(f"What is there now is backup {name}.", flush=True)


def secret(text: str) -> str:
    """Return `text`, or for ``-`` what is typed unseen, or the first line of standard input.

    A password on the command line stands in the shell's history and in the list of processes.
    """
    if text != "-":
        return text
    return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def train(worker: ModuleType, settings: "Config") -> int:
    """Let `worker` (the module) train and blend here until nothing is left, a line each job; return how many."""
    from databoard.ops.blending import is_any_due
    from databoard.tasks.progress import open_progress

    with open_progress(settings) as progress:
        is_needed = progress.n_left or is_any_due(settings)
        n_jobs: int = worker.run(settings, is_until_idle=True, on_job=progress.show) if is_needed else 0
        return n_jobs


def understand_command_line(
    names: dict[str, object],
    *,
    takes_all_that_is_left: dict[str, str],
    takes_other_names: dict[str, str] | None = None,
) -> None:
    """Rewrite classic calls before Fabric parses them; what nobody understands is one line and exit code 2.

    The tasks then run in a `Sequence`.

    Parameters
    ----------
    names : dict
        The fabfile's globals.
    takes_all_that_is_left : dict of str to str
        By task, the argument that takes every further value of a classic call.
    takes_other_names : dict of str to str, optional
        By task, the argument that takes every ``name=value`` of a name that the task has not.
    """
    core = getattr(fabric.main.program, "core", None)
    if core is None:  # imported by a test, not by fab
        return
    fabric.main.program.executor_class = Sequence
    tasks = {found.name.replace("_", "-"): found for found in names.values() if isinstance(found, Task)}
    others = takes_other_names or {}
    parameters = {
        name: classic.Parameters.of(found.body, takes_all_that_is_left.get(name), others.get(name))
        for name, found in tasks.items()
    }
    try:
        # Fabric parses what stands here once the fabfile is loaded.
        calls = classic.sent_elsewhere(core.unparsed, parameters, through="run-on")
        core.unparsed[:] = classic.translate(calls, parameters)
        called = Parser(contexts=Collection(*tasks.values()).to_contexts()).parse_argv(list(core.unparsed))
        _refuse_unknown_flags(called)
    except (classic.UsageError, ParseError) as error:
        _refuse(error, 2)
    except ValueError as error:  # Invoke's own int("http")
        _refuse(f"expected a whole number, got {str(error).partition(': ')[2]}", 2)


def _refuse_unknown_flags(called: Iterable[ParserContext]) -> None:
    """Invoke takes a misspelt flag for the value of a missing argument; refuse values that look like flags."""
    for context in called:
        for argument in context.positional_args:
            if str(argument.value).startswith("--"):
                raise classic.UsageError(f"{context.name} takes no flag {argument.value}")


def _database_error() -> type[Exception]:
    from sqlalchemy.exc import OperationalError  # only looked up once something went wrong

    return OperationalError


def _refused(error: object, code: int) -> Outcome:
    print(f"fab: {error}", file=sys.stderr, flush=True)
    return Outcome(code, is_refused=True)


def _refuse(error: object, code: int) -> None:
    sys.exit(_refused(error, code).code)
