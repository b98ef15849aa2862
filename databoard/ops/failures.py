"""How ops and the threads of a worker log a failure that they try again later."""

import logging

from sqlalchemy.exc import OperationalError

from databoard.errors import EngineLost, RuleError


def log_failure(logger: logging.Logger, error: Exception, words: str, *facts: object) -> None:
    """Log `words` and the reason in one line while something is away or a rule refuses, else with a traceback."""
    if isinstance(error, RuleError):
        logger.warning(f"{words}: %s", *facts, error)
    elif isinstance(error, OperationalError | EngineLost):
        logger.error(f"{words}: %s", *facts, _what_is_away(error))
    else:
        logger.error(words, *facts, exc_info=error)


def _what_is_away(error: OperationalError | EngineLost) -> str:
    if isinstance(error, EngineLost):
        return str(error)
    return f"the database does not answer: {' '.join(str(error.orig).split())}"
