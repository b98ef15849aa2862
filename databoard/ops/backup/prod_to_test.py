"""Put a backup of production on a test site, with people made anonymous before anyone can see them.

Called by `tasks.restore_report`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.models import User
from databoard.ops.backup.anonymise import anonymise
from databoard.ops.backup.restore import RestorePlan, restore
from databoard.services.base.database import open_database
from databoard.services.people import accounts
from databoard.states import AccessLevel

if TYPE_CHECKING:
    from config import Config


@dataclass(frozen=True)
class AnonymousSite:
    """How to log in to a test site: the password of everybody, and the names of its administrators."""

    password: str
    admins: tuple[str, ...]


def require_test_site(config: "Config") -> None:
    """Refuse production, and a database whose name does not say that it is for tests.

    Raises
    ------
    RuleError
    """
    if config.is_production:
        raise RuleError("Expected a test site, got DATABOARD_ENV=production. Nothing was done.")
    if not config.is_test:
        raise RuleError(
            "Expected DATABOARD_TEST=True and DATABOARD_DB_URL_TEST with the database of the test site. "
            "Nothing was done."
        )


def prod_to_test(
    config: "Config", wanted: RestorePlan, *, password: str = "", now: datetime, is_forced: bool = False
) -> AnonymousSite:
    """Restore `wanted` on this test site; its people are anonymous before it takes its place.

    Parameters
    ----------
    password : str
        Of everybody; empty means a random one.
    """
    require_test_site(config)
    password = password or secrets.token_urlsafe(9)
    accounts.check_password(password)

    def change(session: Session, now: datetime) -> None:
        anonymise(session, password=password, now=now)

    restore(
        config, wanted, now=now, is_forced=is_forced, is_backed_up_first=False, is_linked=True, change=change
    )
    with open_database(config) as database, database.sessions() as session:
        admins = session.scalars(
            select(User.name).where(User.access_level == AccessLevel.admin).order_by(User.id)
        ).all()
    return AnonymousSite(password, tuple(admins))
