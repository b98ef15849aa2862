"""Where the processes of the server log to: a file for each kind of process in ``DATABOARD_HOME/logs``, and stderr.

`manage` sets up the log of the web server, `tasks` those of worker and commands. Rooms below only use
``logging.getLogger``; whatever they log passes `hiding`.

=========  ========================================================================
`marks`    the request or the job that a thread works on
`hiding`   what is taken out of each line: secrets, code, labels
`lines`    a record as text or JSON
`files`    a file that several processes write and rotate without losing a line
`reading`  the records of the files, for ``fab logs``
=========  ========================================================================
"""

import logging
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from databoard.logs.files import SharedLogFile
from databoard.logs.hiding import Hider
from databoard.logs.lines import JSONLines, TextLines
from databoard.logs.marks import AddMarks, marked

__all__ = ["ACCESS", "SOURCES", "LogSettings", "marked", "set_up"]

#: The kinds of process, each with a file of its own; requests have one too when they are logged.
SOURCES = ("web", "worker", "ops", "access")
#: The logger of requests.
ACCESS = "databoard.access"
#: Libraries whose own levels say more than operators want: each look at the revision, each message of the cluster.
QUIET = ("alembic", "distributed", "sqlalchemy")


@dataclass(frozen=True)
class LogSettings:
    """The settings of ``config.py`` that this room needs, under their names there."""

    home: Path
    log_level: str
    log_format: str
    log_bytes: int
    log_files: int
    is_access_logged: bool

    @classmethod
    def of(cls, config: Any) -> Self:
        """Return the part of a checked ``config.Config``."""
        return cls(**{field.name: getattr(config, field.name) for field in fields(cls)})


def set_up(settings: LogSettings, *, source: str, secrets: tuple[str, ...] = ()) -> None:
    """Let everything that this process logs go to the file of `source` and to stderr; again replaces the former.

    Parameters
    ----------
    settings : LogSettings
    source : {"web", "worker", "ops"}
        What kind of process this is. Of a command only warnings and errors go to stderr: a person reads there.
    secrets : tuple of str
        Texts that never appear, such as the secret key and the password of the database.
    """
    lines = (JSONLines if settings.log_format == "json" else TextLines)(Hider(secrets))
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.WARNING if source == "ops" else logging.NOTSET)
    own, access = (_file(settings, name) for name in (source, "access"))
    own.addFilter(lambda record: record.name != ACCESS)
    access.addFilter(lambda record: record.name == ACCESS)
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if getattr(handler, "is_databoard", False)]:
        root.removeHandler(handler)
        handler.close()
    for new in (screen, own, access):
        new.is_databoard = True  # type: ignore[union-attr]
        new.setFormatter(lines)
        new.addFilter(AddMarks(source))
        root.addHandler(new)
    _set_levels(settings)


def _file(settings: LogSettings, name: str) -> SharedLogFile:
    path = settings.home / "logs" / f"{name}.log"
    return SharedLogFile(path, max_bytes=settings.log_bytes, n_older=settings.log_files)


def _set_levels(settings: LogSettings) -> None:
    """Log databoard from the level of the settings on, libraries from WARNING on; gunicorn's errors come here too."""
    logging.captureWarnings(True)
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("databoard").setLevel(settings.log_level)
    logging.getLogger(ACCESS).setLevel(logging.INFO if settings.is_access_logged else logging.CRITICAL)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    gunicorn = logging.getLogger("gunicorn.error")
    gunicorn.handlers[:], gunicorn.propagate = [], True
