"""Whether the server can work, and which release it is. Called by the health check that a load balancer requests."""

import json
import logging
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from databoard.models import User

ROOT = Path(__file__).resolve().parents[2]
logger = logging.getLogger("databoard.database")


def is_database_answering(session: Session) -> bool:
    """Return whether the database answers and has the tables of this code."""
    try:
        session.execute(select(User.id).limit(1))
    except SQLAlchemyError as error:
        logger.error("the database does not answer: %s", str(error).splitlines()[0])
        return False
    return True


@cache
def release() -> str:
    """Return the name of the published release that this code is, empty for a checkout."""
    try:
        return str(json.loads((ROOT / "release.json").read_text(encoding="utf-8"))["name"])
    except FileNotFoundError:
        return ""
