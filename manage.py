#!/usr/bin/env python
"""Flask's command line for this server: ``python manage.py db upgrade | migrate | downgrade | current | shell``.

Also the entry for gunicorn: ``gunicorn 'manage:application()'``.
"""

import sys

from flask.cli import FlaskGroup

import config


def application():
    """Return the web application with the settings of the environment."""
    from databoard.app import create_app

    return create_app(config.load())


cli = FlaskGroup(create_app=application, add_default_commands=False, load_dotenv=False)


@cli.command("shell")
def shell():
    """Open Python with `session` and the tables at hand; end with Ctrl-D, nothing is committed for you."""
    import code

    from databoard import models
    from databoard.services.base.database import make_engine, session_factory

    with session_factory(make_engine(config.load().db_url))() as session:
        names = {name: getattr(models, name) for name in models.__all__}
        code.interact(banner=shell.help, local={"session": session, **names})


if __name__ == "__main__":
    try:
        cli()
    except config.SettingError as error:
        sys.exit(f"manage.py: {error}")
