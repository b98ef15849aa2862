"""The list of all that a backup holds, ``manifest.json``. Written last into the folder of a backup."""

import json
import os
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from databoard.errors import RuleError

#: Format 1 had predictions where DATABOARD_HOME has them, in two folders of their own for each run.
FORMAT, OLD_FORMATS = 2, {1}
NAME = "manifest.json"
#: Where a file of a backup may lie. A manifest comes from another disk, so its paths are checked.
_PATH = re.compile(r"submissions/[0-9a-f]{2}/[0-9a-f]{64}|predictions/[0-9]{9,}/[\w-]+/[\w-]+\.npz")


@dataclass(frozen=True)
class BackedUpFile:
    """A file of a backup: its path below DATABOARD_HOME, its length, its SHA-256."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes
    ----------
    number : int
        How many backups were made here before; it drives the rota of checks.
    kind : {"sqlite", "postgresql"}
    database_name : str
        What the database was called; a restore into another one asks for that one's name.
    database : BackedUpFile
        The dump.
    database_facts : dict of str to str
        What a new database of this kind needs, such as its encoding.
    revision : str or None
        The revision of its schema.
    n_rows : dict of str to int
        Rows by table.
    files : tuple of BackedUpFile
        Every file that a row of the dump names.
    missing : tuple of str
        What rows name and the server had lost.
    """

    made_at: datetime
    number: int
    code_version: str
    kind: str
    database_name: str
    database: BackedUpFile
    revision: str | None
    n_rows: dict[str, int]
    files: tuple[BackedUpFile, ...]
    missing: tuple[str, ...] = ()
    database_facts: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def place(self, file: BackedUpFile) -> str:
        """Return where a file lies below the folder of the backup."""
        return place_of(file.path, self.format)

    @property
    def size_bytes(self) -> int:
        """Return the size of all files, those that other backups share included."""
        return self.database.size_bytes + sum(file.size_bytes for file in self.files)


def place_of(path: str, format: int = FORMAT) -> str:
    """Return where a backup of this format has the file that is at `path` below DATABOARD_HOME.

    A thousand runs share a folder: new folders would be most of what a backup of an unchanged site writes.

    Examples
    --------
    >>> place_of("predictions/000001234/a1b2/y_pred.npz")
    'predictions/000001/000001234-a1b2-y_pred.npz'
    """
    if format in OLD_FORMATS or not path.startswith("predictions/"):
        return path
    top, number, key, name = path.split("/")
    return f"{top}/{number[:-3]}/{number}-{key}-{name}"


def write(manifest: Manifest, folder: Path) -> None:
    """Write the manifest of the backup in `folder`."""
    head = asdict(replace(manifest, files=())) | {"made_at": manifest.made_at.isoformat()}
    del head["files"]
    lines = ",\n".join(json.dumps((file.path, file.size_bytes, file.sha256)) for file in manifest.files)
    text = json.dumps(head, indent=1).removesuffix("\n}") + f',\n "files": [\n{lines}\n]}}\n'
    with open(folder / NAME, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> Manifest:
    """Return the manifest of the backup in `folder`.

    Raises
    ------
    RuleError
        If there is none, or it is damaged, or of a format that this version does not know.
    """
    try:
        facts = json.loads((folder / NAME).read_bytes())
        if facts["format"] not in {FORMAT, *OLD_FORMATS}:
            raise RuleError(
                f"Expected a backup of format {FORMAT}, got format {facts['format']} of databoard "
                f"{facts['code_version']} in {folder}. Restore it with that version."
            )
        return _manifest(facts)
    except FileNotFoundError:
        raise RuleError(f"Expected a backup, got {folder} without {NAME}.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RuleError(f"The backup in {folder} is damaged: {NAME} cannot be read ({error}).") from None


def _manifest(facts: dict[str, Any]) -> Manifest:
    return Manifest(
        made_at=datetime.fromisoformat(facts["made_at"]),
        number=int(facts["number"]),
        code_version=str(facts["code_version"]),
        kind=str(facts["kind"]),
        database_name=str(facts["database_name"]),
        database=BackedUpFile(**facts["database"]),
        revision=facts["revision"],
        n_rows=dict(facts["n_rows"]),
        files=tuple(_file(*row) for row in facts["files"]),
        missing=tuple(facts["missing"]),
        database_facts=dict(facts["database_facts"]),
        format=facts["format"],
    )


def _file(path: str, size_bytes: int, sha256: str) -> BackedUpFile:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path of a backed up file")
    return BackedUpFile(path, int(size_bytes), sha256)
