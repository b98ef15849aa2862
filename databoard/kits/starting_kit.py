"""The files that a kit gives to participants, and the submissions deposited with it."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePath

from databoard.errors import KitError
from databoard.kits.client_wheel import OLDEST_PYTHON, client_wheel, client_wheel_name
from databoard.kits.notebooks import find_notebook
from databoard.kits.texts import is_text_name, read_text

_PARTS = ("README.md", "problem.py", "requirements.txt", "external_imports", "data/public")
_TO_EDIT = "submissions/starting_kit"  # in the zip
#: What kits of 2016 have beside the files to edit: a test of the kit's own, for the participant's machine.
OWN_TEST = "user_test_submission.py"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


def starting_kit_files(path: str | Path) -> dict[str, bytes]:
    """Return the files of ``starting_kit/`` by name: the first sandbox of every team.

    A kit written for RAMP keeps them in ``submissions/starting_kit/``. Code and text come as UTF-8, whatever system
    they were saved on.

    Raises
    ------
    KitError
        If the kit has neither folder, or a text in it is none; file and line are named.
    """
    path = Path(path)
    folder = _starting_kit_folder(path)
    where = folder.relative_to(path)
    return {
        name: read_text(path, where / name).encode() if is_text_name(name) else content
        for name, content in _files(folder).items()
    }


def deposited_submissions(path: str | Path) -> dict[str, dict[str, bytes]]:
    """Return the files of each deposited submission by its name; see :func:`deposited_folders`."""
    found = {name: _files(folder) for name, folder in deposited_folders(path).items()}
    return {name: files for name, files in found.items() if files}


def deposited_folders(path: str | Path) -> dict[str, Path]:
    """Return the folder of each deposited submission by its name: those of ``submissions/<name>/``, sorted.

    Kits of 2016 have ``deposited_submissions/<team>/<name>/``; where a name is taken, it becomes ``<team>_<name>``.
    """
    path = Path(path)
    found = {folder.name: folder for folder in _folders(path / "submissions")}
    for team in _folders(path / "deposited_submissions"):
        for folder in _folders(team):
            name = f"{team.name}_{folder.name}" if folder.name in found else folder.name
            found[name] = folder
    return found


def starting_kit_zip(path: str | Path) -> bytes:
    """Return the zip that participants download; the same kit gives the same bytes.

    It holds the problem, its description with how to try a submission, its notebook, one copy of the starting kit in
    ``submissions/``, ``data/public/`` and the command ``databoard``; never ``data/private/``, ``data/raw/`` or other
    submissions.

    Raises
    ------
    KitError
        If a file of it is a link to a file outside these parts.
    """
    path = Path(path).resolve()
    contents = {f"{_TO_EDIT}/{name}": data for name, data in _own_files(path, _starting_kit_folder(path))}
    contents |= {f"{_TO_EDIT}/{name}": data for name, data in starting_kit_files(path).items()}
    notebook = find_notebook(path)
    for part in (*_PARTS, notebook.name) if notebook else _PARTS:
        for name, data in _own_files(path, path / part):
            contents[f"{part}/{name}" if name != "." else part] = data
    contents["README.md"] = contents.get("README.md", b"").rstrip() + _how_to_try(path).encode()
    contents[client_wheel_name()] = client_wheel()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(f"{path.name}/{name}", date_time=_EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, contents[name])
    return buffer.getvalue()


def commands_to_try(path: str | Path) -> tuple[str, ...]:
    """Return the command lines that try a submission, typed in the folder of the unpacked zip."""
    needs_more = (Path(path) / "requirements.txt").is_file()
    return (
        f"pip install ./{client_wheel_name()}",
        *(["pip install -r requirements.txt"] if needs_more else []),
        "databoard test",
    )


def _how_to_try(path: Path) -> str:
    commands = "\n".join(commands_to_try(path))
    return f"""

## Try it on your own machine

You need Python {OLDEST_PYTHON} or newer. Unpack the zip and open a terminal in the folder of this file:

```
{commands}
```

Edit the files in `{_TO_EDIT}/`. `databoard test` trains and scores exactly that folder, on the data in
`data/public/`, and prints its path. To try another one, copy the folder to `submissions/<name>/` and run
`databoard test --submission <name>`. The server trains the same files on other data, so its scores differ.
{_own_test(path)}"""


def _own_test(path: Path) -> str:
    """Say how to run the kit's own test; empty without one."""
    if not (_starting_kit_folder(path) / OWN_TEST).is_file():
        return ""
    return f"\nThis kit also has a test of its own: `python {OWN_TEST}` in the folder `{_TO_EDIT}/`.\n"


def _starting_kit_folder(path: Path) -> Path:
    for folder in (path / "starting_kit", path / "submissions" / "starting_kit"):
        if _files(folder):
            return folder
    raise KitError(f"{path.name}/starting_kit/ has no files. Put one of each workflow element there.")


def _own_files(path: Path, part: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name below `part` and content of each file; one that is a link out of it is refused."""
    for file in _walk(part):
        if not file.resolve().is_relative_to(part):
            raise KitError(
                f"{path.name}/{file.relative_to(path)} links elsewhere. Put the file itself there."
            )
        yield file.relative_to(part).as_posix(), file.read_bytes()


def _folders(path: Path) -> list[Path]:
    return [p for p in sorted(path.glob("*")) if p.is_dir() and not _is_hidden(Path(p.name))]


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {
        p.name: p.read_bytes()
        for p in sorted(folder.iterdir())
        if p.is_file() and not _is_hidden(Path(p.name))
    }


def _walk(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    return [p for p in sorted(part.rglob("*")) if p.is_file() and not _is_hidden(p.relative_to(part))]


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)
