"""The files that a kit gives to participants, and the submissions deposited with it."""

import io
import zipfile
from pathlib import Path

from databoard.errors import KitError

from .texts import is_text_name, read_text

_PARTS = ("README.md", "problem.py", "requirements.txt", "external_imports", "starting_kit", "data/public")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


def starting_kit_files(path) -> dict[str, bytes]:
    """Return the files of ``starting_kit/`` by name: the first sandbox of every team.

    A kit written for RAMP keeps them in ``submissions/starting_kit/``. Code and text come as UTF-8, whatever system
    they were saved on.

    Raises
    ------
    KitError
        If the kit has neither folder, or a text in it is none; file and line are named.
    """
    path = Path(path)
    for folder in (path / "starting_kit", path / "submissions" / "starting_kit"):
        files = _files(folder)
        if files:
            where = folder.relative_to(path)
            return {
                name: read_text(path, where / name).encode() if is_text_name(name) else content
                for name, content in files.items()
            }
    raise KitError(f"{path.name}/starting_kit/ has no files. Put one of each workflow element there.")


def deposited_submissions(path) -> dict[str, dict[str, bytes]]:
    """Return the files of each ``submissions/<name>/``, names sorted."""
    folder = Path(path) / "submissions"
    found = {p.name: _files(p) for p in sorted(folder.glob("*")) if not _is_hidden(Path(p.name))}
    return {name: files for name, files in found.items() if files}


def starting_kit_zip(path) -> bytes:
    """Return the zip that participants download; the same kit gives the same bytes.

    It holds the problem, its description, the starting kit and ``data/public/``, never ``data/private/``,
    ``data/raw/`` or other submissions.

    Raises
    ------
    KitError
        If a file of it is a link to a file outside these parts.
    """
    path = Path(path).resolve()
    contents = {f"submissions/starting_kit/{name}": data for name, data in starting_kit_files(path).items()}
    for part in _PARTS:
        for file in _walk(path / part):
            if not file.resolve().is_relative_to(path / part):
                raise KitError(
                    f"{path.name}/{file.relative_to(path)} links elsewhere. Put the file itself there."
                )
            contents[file.relative_to(path).as_posix()] = file.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(f"{path.name}/{name}", date_time=_EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, contents[name])
    return buffer.getvalue()


def _files(folder):
    if not folder.is_dir():
        return {}
    return {
        p.name: p.read_bytes()
        for p in sorted(folder.iterdir())
        if p.is_file() and not _is_hidden(Path(p.name))
    }


def _walk(part):
    if part.is_file():
        return [part]
    return [p for p in sorted(part.rglob("*")) if p.is_file() and not _is_hidden(p.relative_to(part))]


def _is_hidden(path):
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)
