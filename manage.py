#!/usr/bin/env python
"""Flask's command line for this server: ``python manage.py db upgrade | migrate | downgrade | current | shell``.

Also the entry for gunicorn: ``gunicorn 'manage:application()'``.
"""

import contextlib
import copy
import os
import sys
from typing import TYPE_CHECKING, Any

import click
from flask.cli import FlaskGroup
from flask_migrate.cli import db as migrating  # type: ignore[import-not-found] # no stub of it

import config

if TYPE_CHECKING:
    from flask import Flask


def application() -> "Flask":
    """Return the web application that serves requests; settings that only serving needs are checked here."""
    from databoard import __version__, logs

    settings = config.load()
    settings.web_hosts()  # refused now, not at the first request
    logs.set_up(logs.LogSettings.of(settings), source="web", secrets=settings.secrets())
    _refuse_empty_database(settings)
    _count_requests(settings)
    web = _with(settings)
    web.logger.info("a web process of version %s is ready", __version__)
    return web


def command_application() -> "Flask":
    """Return the web application for commands: they need its database and answer no request."""
    return _with(config.load())


def _refuse_empty_database(settings: config.Config) -> None:
    """Refuse in production an empty database where there was one; one that is away is waited for."""
    from sqlalchemy.exc import OperationalError

    from databoard.ops import guard
    from databoard.services.base.database import open_database

    with contextlib.suppress(OperationalError), open_database(settings) as database:
        guard.require_own_database(settings, database.engine)


def _count_requests(settings: config.Config) -> None:
    """Count in the folder of the web server; gunicorn has made it, others such as mod_wsgi have not."""
    from databoard.ops import process_counts

    if process_counts.VARIABLE not in os.environ:
        process_counts.join(settings.home, os.getppid())


def _with(settings: config.Config) -> "Flask":
    from databoard.app import create_app

    return create_app(settings)


cli = FlaskGroup(create_app=command_application, add_default_commands=False, load_dotenv=False)


def _backed_up_first(command: click.Command) -> click.Command:
    """Return `command` with a backup before it in production; ``--sql`` only prints, and needs none."""

    def callback(*args: Any, **options: Any) -> Any:
        from databoard.clock import utc_now
        from databoard.errors import RuleError
        from databoard.ops.backup import make

        if not options["sql"]:
            try:
                name = make.back_up_first(config.load(), now=utc_now())
            except RuleError as error:
                sys.exit(f"manage.py: {error}")
            if name:
                print(f"What is there now is backup {name}.", flush=True)
        return command.callback(*args, **options) if command.callback else None

    changed = copy.copy(command)
    changed.callback = callback
    return changed


#: Flask-Migrate's commands; the one that loses data makes a backup first.
_db = copy.copy(migrating)
_db.commands = {**migrating.commands, "downgrade": _backed_up_first(migrating.commands["downgrade"])}
cli.add_command(_db, "db")


@cli.command("shell")
def shell() -> None:
    """Open Python with `session` and the tables at hand; end with Ctrl-D, nothing is committed for you."""
    import code

    from databoard import models
    from databoard.services.base.database import open_database

    with open_database(config.load()) as database, database.sessions() as session:
        names = {name: getattr(models, name) for name in models.__all__}
        code.interact(banner=shell.help, local={"session": session, **names})


if __name__ == "__main__":
    try:
        cli()
    except config.SettingError as error:
        sys.exit(f"manage.py: {error}")
