"""How the threads of a worker tell that something did not work now and will be tried again."""

import logging

from sqlalchemy.exc import OperationalError

from databoard.errors import EngineLost


def log_trouble(logger: logging.Logger, error: Exception, words: str, *facts) -> None:
    """Log `words` and why: in one line while the database or the cluster is away, else with the trace of `error`."""
    if isinstance(error, OperationalError | EngineLost):
        logger.error(f"{words}: %s", *facts, _what_is_away(error))
    else:
        logger.error(words, *facts, exc_info=error)


def _what_is_away(error: OperationalError | EngineLost) -> str:
    if isinstance(error, EngineLost):
        return str(error)
    return f"the database does not answer: {' '.join(str(error.orig).split())}"
