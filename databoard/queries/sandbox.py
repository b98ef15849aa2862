"""The sandbox as its page shows it: every file of the workflow, with the text that a refused form had."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from databoard.errors import RuleError
from databoard.models import EventTeam, SandboxFile, WorkflowElement
from databoard.services.base import contents as file_contents
from databoard.services.base.files import FileStore
from databoard.services.people.rights import Asker
from databoard.services.submissions.allowances import SubmitAllowance, may_submit
from databoard.services.teams.sandbox_conflicts import Seen
from databoard.services.teams.sandbox_rows import elements_of, rows_by_element


@dataclass(frozen=True)
class SandboxFileView:
    """A file of the sandbox as the page shows it; `text` is None for data.

    Attributes
    ----------
    number : int
        Its place among the files, from 1.
    sha256 : str
        Of what is saved; empty when nothing is.
    shown : str
        The version that the page is made of; another one when a refused form is shown again.
    is_unsaved : bool
        Whether `text` was typed and differs from what is saved.
    """

    element: str
    filename: str
    extension: str
    is_editable: bool
    text: str | None
    size_bytes: int
    max_size_bytes: int
    updated_at: datetime | None
    updated_by: str
    number: int
    sha256: str
    shown: str
    is_unsaved: bool = False


@dataclass(frozen=True)
class SandboxPage:
    """The page of a sandbox: its files, and whether the team may submit them now."""

    files: tuple[SandboxFileView, ...]
    allowance: SubmitAllowance


def page(
    session: Session,
    *,
    event_team: EventTeam,
    user: Asker,
    store: FileStore,
    now: datetime,
    typed: Mapping[str, str] | None = None,
    seen: Seen | None = None,
) -> SandboxPage:
    """Return what the page shows; see :func:`files` for `typed` and `seen`."""
    return SandboxPage(
        files(session, event_team=event_team, store=store, typed=typed, seen=seen),
        may_submit(session, event_team=event_team, user=user, now=now),
    )


def files(
    session: Session,
    *,
    event_team: EventTeam,
    store: FileStore,
    typed: Mapping[str, str] | None = None,
    seen: Seen | None = None,
) -> tuple[SandboxFileView, ...]:
    """Return every file of the workflow with what the team has put there.

    `typed` texts of a refused form win over the saved ones, and keep the version that they were made from.
    """
    rows = rows_by_element(session, event_team)
    return tuple(
        _with_typed(_view(element, rows.get(element.id), store), element, typed or {}, seen or Seen())
        for element in elements_of(session, event_team)
    )


def _view(element: WorkflowElement, row: SandboxFile | None, store: FileStore) -> SandboxFileView:
    file_type = element.element_type.file_type
    text = None
    if file_type.is_editable:
        text = store.read(row.sha256).decode(errors="replace") if row else ""
    by = (row.updated_by.name if row.updated_by else "starting kit") if row else ""
    sha256 = row.sha256 if row else ""
    return SandboxFileView(
        element.name,
        element.file_name,
        element.extension,
        file_type.is_editable,
        text,
        row.size_bytes if row else 0,
        file_type.max_size_bytes,
        row.updated_at if row else None,
        by,
        number=element.position + 1,
        sha256=sha256,
        shown=sha256,
    )


def _with_typed(
    view: SandboxFileView, element: WorkflowElement, typed: Mapping[str, str], seen: Seen
) -> SandboxFileView:
    text = typed.get(view.element)
    if text is None or not view.is_editable:
        shown = view.sha256 if _is_taken(view, seen) else seen.shown.get(view.element, view.sha256)
        return replace(view, shown=shown)
    if _is_saved(text, element, view.sha256):
        return view
    return replace(view, text=text, shown=seen.shown.get(view.element, ""), is_unsaved=True)


def _is_saved(text: str, element: WorkflowElement, sha256: str) -> bool:
    """Return whether a typed text, as it would be kept, is what is saved."""
    if not sha256:
        return not text
    try:
        return file_contents.sha256_of(file_contents.typed_content(text, element)) == sha256
    except RuleError:  # what is refused was never saved
        return False


def _is_taken(view: SandboxFileView, seen: Seen) -> bool:
    choice = seen.choices.get(view.element)
    return choice is not None and not choice.is_mine and choice.newer == view.sha256
