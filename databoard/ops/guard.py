"""Never work in production on an empty database where there was one. Called wherever a process starts to work.

A database that was lost, or another one by a wrong setting, looks like a new site: people would sign up again, and
the next backups would be empty. So a file in DATABOARD_HOME remembers that the site has accounts.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, select

from databoard.clock import utc_now
from databoard.errors import RuleError
from databoard.models import User
from databoard.ops import schema

if TYPE_CHECKING:
    from config import Config

#: The file that remembers that this site has had accounts.
MARK = "has_accounts"


def require_ready(config: "Config", engine: Engine) -> None:
    """Refuse a database that is not at this code's revision, and in production an empty one where there was one.

    Raises
    ------
    RuleError
        With the command that helps.
    """
    require_own_database(config, engine)
    schema.require_current(engine)


def require_own_database(config: "Config", engine: Engine, *, now: datetime | None = None) -> None:
    """Refuse in production an empty database where there was one; remember one that has accounts.

    Raises
    ------
    RuleError
        Naming the backups and the file that remembers.
    """
    if not config.is_production or config.is_test:
        return
    mark = config.home / MARK
    if _has_accounts(engine):
        _remember(mark, now or utc_now())
    elif mark.exists():
        raise RuleError(
            "Expected the database of this site, which has accounts, got an empty one. Check DATABOARD_DB_URL. "
            f"When the database is lost, restore the newest backup: fab restore. For a new site, delete {mark}."
        )


def _has_accounts(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table(User.__tablename__):
            return False
        return connection.execute(select(User.id).limit(1)).first() is not None


def _remember(mark: Path, now: datetime) -> None:
    if not mark.exists():
        mark.write_text(
            f"Seen first at {now.isoformat()}. While this file is here, no empty database is used.\n"
        )
