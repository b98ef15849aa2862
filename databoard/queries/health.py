"""Whether the server can work. Called by the health check that a load balancer requests."""

import logging

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from databoard.models import User

logger = logging.getLogger("databoard.database")


def is_database_answering(session: Session) -> bool:
    """Return whether the database answers and has the tables of this code."""
    try:
        session.execute(select(User.id).limit(1))
    except SQLAlchemyError as error:
        logger.error("the database does not answer: %s", str(error).splitlines()[0])
        return False
    return True
