"""Close and open the site: for the task, which also works without a database, and for the page."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from databoard.models import User
from databoard.services.base import audit, maintenance
from databoard.services.base.maintenance import Maintenance

if TYPE_CHECKING:
    from config import Config


def close(session: Session, home: Path, message: str, *, actor: User | None, now: datetime) -> Maintenance:
    """Close the site, or change the message of a closed one, and write who did it.

    Raises
    ------
    RuleError
        If the message is too long.
    """
    found = maintenance.turn_on(home, message)
    audit.record(session, "site", "maintenance", "close_site", actor=actor, now=now, message=found.message)
    return found


def open_again(session: Session, home: Path, *, actor: User | None, now: datetime) -> bool:
    """Open the site and write who did it; return whether it was closed."""
    was_closed = maintenance.turn_off(home)
    if was_closed:
        audit.record(session, "site", "maintenance", "open_site", actor=actor, now=now)
    return was_closed


def record_alone(config: "Config", action: str, *, now: datetime) -> str:
    """Write what the command line did when the database answers; return why it is not written, empty when it is."""
    from sqlalchemy.exc import SQLAlchemyError

    from databoard.services.base.database import open_database, transaction

    try:
        with (
            open_database(config, may_make_file=False) as database,
            transaction(database.sessions) as session,
        ):
            audit.record(session, "site", "maintenance", action, actor=None, now=now)
    except SQLAlchemyError as error:
        return str(getattr(error, "orig", error)).partition("\n")[0]
    return ""
