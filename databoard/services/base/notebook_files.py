"""The notebook of a problem as its page shows it, kept in ``notebooks/<problem>/`` of DATABOARD_HOME.

It is written when the kit is registered, and only read afterwards. ``page.json`` names the pictures beside it by
their SHA-256; it is replaced in one step, after the pictures are there.
"""

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from markupsafe import Markup

from databoard.services.base.files import FileStore

_PAGE = "page.json"


@dataclass(frozen=True)
class ShownOutput:
    """One output of a cell: a picture by its name, else sanitised HTML, else text."""

    text: str
    html: str = ""
    image: str = ""


@dataclass(frozen=True)
class ShownCell:
    """A cell: sanitised HTML of Markdown, or code and its outputs."""

    html: str = ""
    code: str = ""
    outputs: tuple[ShownOutput, ...] = ()


@dataclass(frozen=True)
class ShownNotebook:
    """A notebook ready to be shown.

    Attributes
    ----------
    file_name : str
        Of the notebook itself, which is kept to download.
    images : tuple of str
        Names of the pictures that cells show.
    """

    file_name: str
    is_python: bool
    cells: tuple[ShownCell, ...]
    images: tuple[str, ...]


def image_name(content: bytes, extension: str) -> str:
    """Return the name of a picture: equal pictures have one name, different ones never."""
    return f"{hashlib.sha256(content).hexdigest()[:32]}.{extension}"


def write(
    store: FileStore, problem_name: str, notebook: ShownNotebook, content: bytes, images: dict[str, bytes]
) -> None:
    """Keep a notebook for the page of a problem, in place of the one before."""
    folder = store.notebook_path(problem_name)
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in images.items():
        _replace(folder / name, picture)
    _replace(folder / notebook.file_name, content)
    _replace(folder / _PAGE, json.dumps(asdict(notebook)).encode())
    kept = {*images, notebook.file_name, _PAGE}
    for file in folder.iterdir():
        if file.name not in kept:
            file.unlink(missing_ok=True)


def remove(store: FileStore, problem_name: str) -> None:
    """Forget the notebook of a problem whose kit has none any more."""
    folder = store.notebook_path(problem_name)
    with contextlib.suppress(FileNotFoundError):
        (folder / _PAGE).unlink()  # first: without it nothing is shown
        for file in folder.iterdir():
            file.unlink(missing_ok=True)


def is_there(store: FileStore, problem_name: str) -> bool:
    """Tell whether a problem has a notebook to show."""
    return (store.notebook_path(problem_name) / _PAGE).is_file()


def read(store: FileStore, problem_name: str) -> ShownNotebook | None:
    """Return the notebook of a problem; ``None`` when it has none."""
    try:
        table = json.loads((store.notebook_path(problem_name) / _PAGE).read_bytes())
    except FileNotFoundError:
        return None
    cells = tuple(
        ShownCell(_markup(cell["html"]), cell["code"], tuple(_output(output) for output in cell["outputs"]))
        for cell in table["cells"]
    )
    return ShownNotebook(table["file_name"], table["is_python"], cells, tuple(table["images"]))


def _output(table: dict[str, str]) -> ShownOutput:
    return ShownOutput(table["text"], _markup(table["html"]), table["image"])


def _markup(html: str) -> Markup:
    """Mark HTML as such: it was sanitised before it was kept."""
    return Markup(html)  # noqa: S704


def _replace(file: Path, content: bytes) -> None:
    """Write a file so that readers see the one before or this one, never a part."""
    if file.is_file() and file.read_bytes() == content:
        return
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    os.replace(unfinished, file)
