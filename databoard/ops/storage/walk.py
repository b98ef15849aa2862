"""Look at every file below a folder, one at a time. Links are neither followed nor left out."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class FoundFile:
    """A file: its path below the home folder, its size and when it was written, in ns since the epoch."""

    path: str
    size_bytes: int
    written_ns: int
    n_links: int = 1
    inode: tuple[int, int] = (0, 0)


def files_below(home: Path, folder: str = "") -> Iterator[FoundFile]:
    """Yield every file of ``home/folder``; what disappears meanwhile is left out."""
    waiting = [str(home / folder)]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            elif (found := found_file(home, os.path.relpath(entry.path, home))) is not None:
                yield found


def found_file(home: Path, path: str) -> FoundFile | None:
    """Return what lies at a path; None when nothing does, or a folder."""
    try:
        facts = os.lstat(home / path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISDIR(facts.st_mode):
        return None
    return FoundFile(path, facts.st_size, facts.st_mtime_ns, facts.st_nlink, (facts.st_dev, facts.st_ino))
