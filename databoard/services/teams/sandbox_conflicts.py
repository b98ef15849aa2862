"""Find out whether somebody saved a file of the sandbox after a page of it was made. Called by ``sandbox``.

A page carries the SHA-256 of the version of each file that it shows. A save that would replace another version is
refused with :class:`NewerVersions`, unless somebody who has seen that version decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from databoard.errors import Conflict
from databoard.models import SandboxFile, WorkflowElement


@dataclass(frozen=True)
class Choice:
    """What somebody decided about a newer version: keep one's own text, or take the newer one.

    Attributes
    ----------
    newer : str
        The SHA-256 of the version that it is about; the decision says nothing about later ones.
    """

    is_mine: bool
    newer: str


@dataclass(frozen=True)
class Seen:
    """What a page of the sandbox showed, by element, and what was decided on it.

    Attributes
    ----------
    shown : mapping of str to str
        The SHA-256 of the version that the page was made of; empty when there was none.
    choices : mapping of str to Choice
    """

    shown: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Choice] = field(default_factory=dict)


@dataclass(frozen=True)
class NewerVersion:
    """A version that the page did not show. `theirs` and `mine` are None for data, and for what was not typed."""

    element: str
    filename: str
    saved_by: str
    saved_at: datetime
    sha256: str
    theirs: str | None
    mine: str | None


class NewerVersions(Conflict):
    """Somebody saved files after the page was made; nothing was written."""

    def __init__(self, found: tuple[NewerVersion, ...]) -> None:
        self.found = found
        super().__init__(f"{saved_sentences(found)} No newer version was replaced: compare, then choose.")


def saved_sentences(found: tuple[NewerVersion, ...]) -> str:
    """Return who saved what when, a sentence a file."""
    return " ".join(
        f"{newer.saved_by} saved {newer.filename} at {newer.saved_at:%Y-%m-%d %H:%M} UTC, after this page was made."
        for newer in found
    )


def decision(element: WorkflowElement, row: SandboxFile | None, seen: Seen) -> Choice | None:
    """Return what was decided about the version that a file has now; None when that is undecided."""
    choice = seen.choices.get(element.name)
    return choice if choice is not None and row is not None and choice.newer == row.sha256 else None


def is_unseen(element: WorkflowElement, row: SandboxFile | None, own: frozenset[str], seen: Seen) -> bool:
    """Return whether a file holds what the page did not show, nobody decided about, and the request did not bring.

    Parameters
    ----------
    own : frozenset of str
        The SHA-256 of each text or file that the request has for this element.
    """
    if row is None or row.sha256 in own or decision(element, row, seen) is not None:
        return False
    shown = seen.shown.get(element.name)
    if shown is None:  # a request made by hand may replace what nobody has edited yet
        return bool(own) and row.updated_by_id is not None
    return row.sha256 != shown
