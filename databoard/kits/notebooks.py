"""Read the Jupyter notebook of a kit, ``<kit>_starting_kit.ipynb`` or ``starting_kit.ipynb``; executes nothing.

A notebook of format 4 is a list of cells in JSON. It is read here, because ``nbformat`` would bring eight packages
for that. What a page cannot show safely is left out: scripts, widgets and SVG. Their text is shown instead.
"""

import binascii
import json
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databoard.errors import KitError
from databoard.plain_text import strip_controls

_MAX_BYTES, _MAX_IMAGE_BYTES = 10 << 20, 2 << 20
_MAX_CELLS, _MAX_OUTPUTS = 500, 2_000
_MAX_OUTPUT = 50_000  # characters of text or HTML of one output
_IMAGE_STARTS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_IMAGE_TYPES = ("image/png", "image/jpeg")
_UPGRADE = "Save it with a current Jupyter, or run: jupyter nbconvert --to notebook --inplace"


@dataclass(frozen=True)
class Image:
    """A picture in a notebook; ``extension`` is ``png`` or ``jpg``, as its first bytes say."""

    content: bytes
    extension: str


@dataclass(frozen=True)
class Output:
    """What a cell of code printed, returned or drew: its text, and what says more than the text if there is such."""

    text: str
    html: str = ""
    image: Image | None = None


@dataclass(frozen=True)
class Cell:
    """A cell of code, else of Markdown.

    Attributes
    ----------
    attachments : tuple of (str, Image)
        Pictures that Markdown names as ``attachment:<name>``.
    """

    is_code: bool
    source: str
    outputs: tuple[Output, ...] = ()
    attachments: "tuple[tuple[str, Image], ...]" = ()


@dataclass(frozen=True)
class Notebook:
    """A notebook as it was saved: ``content`` is the file, ``cells`` what it says."""

    file_name: str
    content: bytes
    is_python: bool
    cells: tuple[Cell, ...]


def find_notebook(path: str | Path) -> Path | None:
    """Return the file of the notebook of the kit at `path`; ``None`` when it has none."""
    path = Path(path)
    candidates = (path / f"{path.name}_starting_kit.ipynb", path / "starting_kit.ipynb")
    return next((file for file in candidates if file.is_file()), None)


def read_notebook(path: str | Path) -> Notebook | None:
    """Return the notebook of the kit at `path`; ``None`` when it has none.

    Raises
    ------
    KitError
        If the file is too large or no notebook of format 4; the message names the file.
    """
    file = find_notebook(path)
    if file is None:
        return None
    where = f"{Path(path).name}/{file.name}"
    if not file.resolve().is_relative_to(Path(path).resolve()):
        raise KitError(f"{where} links elsewhere. Put the file itself there.")
    with file.open("rb") as opened:
        content = opened.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise KitError(f"{where}: expected at most {_MAX_BYTES >> 20} MiB, got more. Clear large outputs.")
    return _notebook(file.name, content, where)


def _notebook(file_name: str, content: bytes, where: str) -> Notebook:
    try:
        table = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise KitError(
            f"{where}: expected a notebook, which is JSON in UTF-8: {error}. {_UPGRADE}."
        ) from error
    version = table.get("nbformat") if isinstance(table, dict) else None
    if version != 4 or not isinstance(table.get("cells"), list):
        raise KitError(f"{where}: expected a notebook of format 4, got {version!r}. {_UPGRADE}.")
    if len(table["cells"]) > _MAX_CELLS:
        raise KitError(f"{where}: expected at most {_MAX_CELLS} cells, got {len(table['cells'])}. Split it.")
    try:
        cells = [_cell(cell) for cell in table["cells"] if cell["cell_type"] in {"markdown", "code"}]
        language = _language(table.get("metadata", {}))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise KitError(
            f"{where}: expected cells of format 4, got one that is broken: {error!r}. {_UPGRADE}."
        ) from error
    if sum(len(cell.outputs) for cell in cells) > _MAX_OUTPUTS:
        raise KitError(f"{where}: expected at most {_MAX_OUTPUTS:,} outputs, got more. Clear large outputs.")
    return Notebook(file_name, content, language == "python", tuple(cells))


def _language(metadata: "dict[str, Any]") -> str:
    found = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
    return str(found or "python").lower()


def _cell(cell: "dict[str, Any]") -> Cell:
    source = strip_controls(_joined(cell["source"]))
    if cell["cell_type"] == "code":
        return Cell(True, source, tuple(filter(_is_shown, map(_output, cell.get("outputs", [])))))
    attached = ((name, _image(bundle)) for name, bundle in cell.get("attachments", {}).items())
    return Cell(False, source, attachments=tuple((name, image) for name, image in attached if image))


def _output(output: "dict[str, Any]") -> Output:
    if output["output_type"] == "stream":
        return Output(_text(output["text"]))
    if output["output_type"] == "error":
        return Output(_text("\n".join(output["traceback"])))
    bundle = output.get("data", {})
    html = _joined(bundle.get("text/html", ""))
    # A page or a table of more is no reading; its text is shorter.
    html = html if len(html) <= _MAX_OUTPUT else ""
    return Output(_text(bundle.get("text/plain", "")), html, _image(bundle))


def _is_shown(output: Output) -> bool:
    return bool(output.text.strip() or output.html or output.image)


def _image(bundle: "dict[str, Any]") -> Image | None:
    """Return the picture of an output, when its bytes are one that every browser shows and that holds no script."""
    encoded = next((bundle[kind] for kind in _IMAGE_TYPES if kind in bundle), None)
    if encoded is None:
        return None
    try:
        content = b64decode(_joined(encoded))
    except binascii.Error:
        return None
    extension = next((word for start, word in _IMAGE_STARTS.items() if content.startswith(start)), None)
    is_shown = extension is not None and len(content) <= _MAX_IMAGE_BYTES
    return Image(content, str(extension)) if is_shown else None


def _text(lines: Any) -> str:
    text = strip_controls(_joined(lines))
    return text if len(text) <= _MAX_OUTPUT else f"{text[:_MAX_OUTPUT]}\n…"


def _joined(lines: Any) -> str:
    """Return text that a notebook holds whole or as a list of lines."""
    return lines if isinstance(lines, str) else "".join(lines)
