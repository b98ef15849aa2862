"""Read a word of the command line that must name a member of an enumeration. Called by the fab tasks."""

from typing import TypeVar

from databoard.errors import RuleError
from databoard.states import TextEnum

Choice = TypeVar("Choice", bound=TextEnum)


def one_of(kind: type[Choice], text: str, noun: str) -> Choice:
    """Return the member of `kind` that `text` names; `noun` with its article tells what it should have been.

    Raises
    ------
    RuleError
        Naming all members.
    """
    try:
        return kind(text)
    except ValueError:
        raise RuleError(f"Expected {noun} of {', '.join(kind)}, got {text!r}.") from None
