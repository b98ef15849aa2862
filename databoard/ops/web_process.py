"""Become the web server of this release, on a socket that somebody else keeps. Called by `keeper` as a program.

    python -m databoard.ops.web_process SOCKET READY

`SOCKET` is the number of an open, listening socket. To the pipe `READY` each of gunicorn's processes writes one byte
once it can answer. gunicorn reads this module as its configuration too, and finds the hooks here.
"""

import contextlib
import os
import sys
from typing import Any

from databoard.ops.web_share import child_exit, on_starting, post_fork  # noqa: F401  (for gunicorn)

READY_FD = "READY_FD"


def post_worker_init(worker: Any) -> None:
    """Tell the keeper that one more process answers; called by gunicorn."""
    with contextlib.suppress(OSError):  # the keeper knows already, and has closed its end
        os.write(int(os.environ[READY_FD]), b".")


def main(listener: str, ready: str) -> None:
    """Check what only serving needs, then become gunicorn."""
    import config
    from databoard.ops import guard
    from databoard.ops.serve import web_options
    from databoard.services.base.database import open_database

    settings = config.load()
    settings.web_hosts()
    with open_database(settings) as database:
        guard.require_ready(settings, database.engine)
    for number in (int(listener), int(ready)):
        os.set_inheritable(number, True)
    os.environ[READY_FD] = ready
    words = ["--bind", f"fd://{listener}", "--config", f"python:{__spec__.name}", *web_options(settings)]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *words, "manage:application()"])  # noqa: S606


if __name__ == "__main__":
    from sqlalchemy.exc import OperationalError

    from config import SettingError
    from databoard.errors import DataboardError

    try:
        main(*sys.argv[1:])
    except (SettingError, DataboardError) as error:
        sys.exit(f"web server: {error}")
    except OperationalError as error:
        sys.exit(f"web server: the database does not answer: {' '.join(str(error.orig).split())}")
