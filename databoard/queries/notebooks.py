"""The notebook of a problem as visitors see it. It was rendered when the kit was registered."""

from dataclasses import dataclass
from pathlib import Path

from databoard.errors import NotFound
from databoard.services.base import notebook_files
from databoard.services.base.files import FileStore
from databoard.services.base.notebook_files import ShownNotebook


@dataclass(frozen=True)
class NotebookFile:
    """A file to send, and the name that a visitor saves it under."""

    path: Path
    name: str


def page(problem_name: str, store: FileStore) -> ShownNotebook | None:
    """Return the notebook of a problem; ``None`` when its kit has none."""
    return notebook_files.read(store, problem_name)


def source(problem_name: str, store: FileStore) -> NotebookFile:
    """Return the notebook itself, to download; NotFound when the problem has none."""
    notebook = notebook_files.read(store, problem_name)
    return _file(problem_name, "" if notebook is None else notebook.file_name, store)


def image(problem_name: str, name: str, store: FileStore) -> NotebookFile:
    """Return a picture of the notebook; NotFound unless a cell shows one of this name."""
    notebook = notebook_files.read(store, problem_name)
    return _file(problem_name, name if notebook is not None and name in notebook.images else "", store)


def _file(problem_name: str, name: str, store: FileStore) -> NotebookFile:
    path = store.notebook_path(problem_name) / name
    if not (name and path.is_file()):
        raise NotFound(f"The problem {problem_name} has no such notebook or picture now.")
    return NotebookFile(path, name)
