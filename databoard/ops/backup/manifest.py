"""The list of all that a backup holds, ``manifest.json``. Written last into the folder of a backup."""

import json
import os
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from databoard.errors import RuleError

FORMAT = 1
NAME = "manifest.json"
#: Where a file of a backup may lie. A manifest comes from another disk, so its paths are checked.
_PATH = re.compile(r"submissions/[0-9a-f]{2}/[0-9a-f]{64}|predictions/[0-9]{9,}/[\w-]+/[\w-]+\.npz")


@dataclass(frozen=True)
class BackedUpFile:
    """A file of a backup: its path below the backup and below DATABOARD_HOME, its length, its SHA-256."""

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

    @property
    def size_bytes(self) -> int:
        """Return the size of all files, those that other backups share included."""
        return self.database.size_bytes + sum(file.size_bytes for file in self.files)


def write(manifest: Manifest, folder: Path) -> None:
    """Write the manifest of the backup in `folder`."""
    facts = asdict(manifest) | {
        "format": FORMAT,
        "made_at": manifest.made_at.isoformat(),
        "files": [[file.path, file.size_bytes, file.sha256] for file in manifest.files],
    }
    head = {name: value for name, value in facts.items() if name != "files"}
    lines = ",\n".join(json.dumps(row) for row in facts["files"])
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
        if facts["format"] != FORMAT:
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
    )


def _file(path: str, size_bytes: int, sha256: str) -> BackedUpFile:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path of a backed up file")
    return BackedUpFile(path, int(size_bytes), sha256)
