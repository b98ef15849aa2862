#!/usr/bin/env python
"""Flask's command line for this server: ``python manage.py db upgrade | migrate | downgrade | current | shell``.

Also the entry for gunicorn: ``gunicorn 'manage:application()'``.
"""

import contextlib
import sys
from typing import TYPE_CHECKING

from flask.cli import FlaskGroup

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


def _with(settings: config.Config) -> "Flask":
    from databoard.app import create_app

    return create_app(settings)


cli = FlaskGroup(create_app=command_application, add_default_commands=False, load_dotenv=False)


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
