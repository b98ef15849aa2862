"""Render the notebook of a kit when the kit is registered, so that its page only reads.

Called where a kit is registered or published; the page is ``queries.notebooks``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from databoard.services.base import markdown, notebook_files
from databoard.services.base.files import FileStore
from databoard.services.base.notebook_files import ShownCell, ShownNotebook, ShownOutput, image_name

if TYPE_CHECKING:
    from databoard.kits.notebooks import Cell, Image, Notebook, Output

_TAG, _TABLE = re.compile(r"<[^>]*>"), re.compile(r"<table\b[^>]*>")


@dataclass(frozen=True)
class Rendered:
    """A notebook ready to be kept: what its page shows, the file itself, and its pictures by name."""

    notebook: ShownNotebook
    content: bytes
    images: dict[str, bytes]


def render(kit_path: Path) -> Rendered | None:
    """Return the notebook of a kit, rendered; ``None`` when it has none.

    Raises
    ------
    KitError
        If the file is no notebook.
    """
    from databoard import kits

    notebook = kits.read_notebook(kit_path)
    return None if notebook is None else _rendered(notebook)


def keep(store: FileStore, problem_name: str, rendered: Rendered | None) -> None:
    """Let the page of a problem show this notebook from now on, or none."""
    if rendered is None:
        notebook_files.remove(store, problem_name)
    else:
        notebook_files.write(store, problem_name, rendered.notebook, rendered.content, rendered.images)


def _rendered(notebook: "Notebook") -> Rendered:
    images = {_name(image): image.content for cell in notebook.cells for image in _images(cell)}
    cells = _fitted([_shown(cell) for cell in notebook.cells])
    shown = ShownNotebook(notebook.file_name, notebook.is_python, cells, tuple(sorted(images)))
    return Rendered(shown, notebook.content, images)


def _images(cell: "Cell") -> "Iterator[Image]":
    yield from (image for _, image in cell.attachments)
    yield from (output.image for output in cell.outputs if output.image)


def _name(image: "Image") -> str:
    return image_name(image.content, image.extension)


def _shown(cell: "Cell") -> ShownCell:
    if cell.is_code:
        return ShownCell(code=cell.source, outputs=tuple(map(_shown_output, cell.outputs)))
    source = cell.source
    for name, image in cell.attachments:  # the address is relative to that of the page
        source = source.replace(f"(attachment:{name})", f"(notebook/{_name(image)})")
    return ShownCell(html=markdown.html_of(source))


def _shown_output(output: "Output") -> ShownOutput:
    if output.image:
        return ShownOutput(output.text, image=_name(output.image))
    html = _TABLE.sub("<table>", markdown.sanitised(output.html))
    return ShownOutput(output.text, html=html if _TAG.sub("", html).strip() else "")  # else it was a script


def _fitted(cells: Sequence[ShownCell]) -> tuple[ShownCell, ...]:
    """Fit the HTML of all cells into one page."""
    parts = (html for cell in cells for html in (cell.html, *(output.html for output in cell.outputs)))
    fitted = iter(markdown.fitted(list(parts)))
    return tuple(
        replace(
            cell,
            html=next(fitted),
            outputs=tuple(replace(output, html=next(fitted)) for output in cell.outputs),
        )
        for cell in cells
    )
