"""How ops and the threads of a worker log a failure that they try again later."""

import logging

from sqlalchemy.exc import OperationalError

from databoard.errors import EngineLost


def log_failure(logger: logging.Logger, error: Exception, words: str, *facts: object) -> None:
    """Log `words` and the reason: one line while the database or the cluster is away, else with a traceback."""
    if isinstance(error, OperationalError | EngineLost):
        logger.error(f"{words}: %s", *facts, _what_is_away(error))
    else:
        logger.error(words, *facts, exc_info=error)


def _what_is_away(error: OperationalError | EngineLost) -> str:
    if isinstance(error, EngineLost):
        return str(error)
    return f"the database does not answer: {' '.join(str(error.orig).split())}"
