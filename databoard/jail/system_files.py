"""The smallest part of the machine that a Python needs: the files that every run is shown, read only.

Runs that see the same file share its pages in memory. Whether a page is there is a bit that one run can write and
another can read. So a run sees few files, and ``page_cache`` keeps all of them in memory: the folders of its Python,
and of ``/usr`` some small programs, the shared libraries that all of these load, the time zones and the C locale.

Which libraries a file loads stands in its dynamic section (``elf(5)``; only 64-bit little-endian files are read), and
where the loader finds them in its cache (``ldconfig(8)``).
"""

import functools
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from databoard.jail.report import Interpreter

#: What starts a run, the shell of ``os.system``, and what people call from it.
_PROGRAMS = (
    "sh", "setpriv", "mount", "awk", "basename", "bash", "cat", "cp", "cut", "date", "df", "dirname", "du", "echo",
    "env", "expr", "false", "find", "grep", "gunzip", "gzip", "head", "hostname", "id", "kill", "ln", "ls", "lscpu",
    "mkdir", "mktemp", "mv", "nice", "nproc", "printf", "ps", "pwd", "rm", "rmdir", "sed", "seq", "sleep", "sort",
    "stat", "tail", "tar", "tee", "test", "touch", "tr", "true", "uname", "uniq", "wc", "which", "whoami", "xargs",
)  # fmt: skip
_FOLDERS = ("/usr/share/zoneinfo", "/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8")
#: Folders of the system that hold a Python among much else.
_SHARED_PREFIXES = ("/usr", "/usr/local")
#: Where programs are looked for; the worker's own PATH may begin with an environment.
_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
_LDCONFIG, _MAX_LINKS = "/sbin/ldconfig", 10
#: Libraries that others open by name while they run: for names of users and hosts, and for the end of a thread.
_OPENED = ("libnss_files.so.2", "libgcc_s.so.1")

# From elf.h: the first bytes of a 64-bit, little-endian file; kinds of program headers; tags of the dynamic section.
_ELF = b"\x7fELF\x02\x01"
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_STRSZ = 0, 1, 5, 10


@dataclass(frozen=True)
class SystemFiles:
    """Files and folders of the machine that a run sees at their own paths.

    Attributes
    ----------
    paths : tuple of str
        Files and folders to show.
    covered : tuple of str
        Folders below them that are shown empty.
    """

    paths: tuple[str, ...]
    covered: tuple[str, ...]


@functools.lru_cache(maxsize=16)
def system_files(interpreter: Interpreter) -> SystemFiles:
    """Return what a run of this Python needs of the machine, its own folders included."""
    prefixes = [os.path.normpath(prefix) for prefix in interpreter.prefixes]
    folders = [path for prefix in prefixes for path in _folders_of(prefix)]
    covered = tuple(path for prefix in prefixes for path in _foreign_packages(prefix, prefixes))
    programs = [path for name in _PROGRAMS if (path := shutil.which(name, path=_PATH))]
    pythons = _links_to(interpreter.executable)
    roots = [*programs, pythons[-1], *_shared_objects(folders, covered)]
    shared = [path for path in _FOLDERS if os.path.isdir(path)]
    cache = _loader_cache()
    if not cache:  # another C library: nobody tells which files a library needs
        return SystemFiles(tuple(dict.fromkeys(["/usr", *folders])), tuple(dict.fromkeys(covered)))
    beside = [path for path in pythons if not any(path.startswith(f"{folder}/") for folder in folders)]
    paths = [*folders, *shared, *(_at_home(path) for path in (*beside, *programs)), *_libraries(roots, cache)]
    return SystemFiles(tuple(dict.fromkeys(paths)), tuple(dict.fromkeys(covered)))


def _folders_of(prefix: str) -> list[str]:
    if prefix not in _SHARED_PREFIXES:
        return [prefix]
    found = [path for pattern in ("lib/python3*", "bin/python*") for path in Path(prefix).glob(pattern)]
    # Debian's Python finds packages in both prefixes.
    found += Path("/usr/local").glob("lib/python3*") if prefix == "/usr" else ()
    return [str(path) for path in sorted(found)]


def _links_to(executable: str) -> list[str]:
    """Return a program's path, that of each link on the way to its file, and the file's."""
    paths = [os.path.normpath(executable)]
    while os.path.islink(paths[-1]) and len(paths) < _MAX_LINKS:
        paths.append(os.path.normpath(os.path.join(os.path.dirname(paths[-1]), os.readlink(paths[-1]))))
    return [*paths, os.path.realpath(executable)]


def _foreign_packages(prefix: str, prefixes: list[str]) -> list[str]:
    """Return the packages of a Python that the virtual environment made from it does not use."""
    is_own = os.path.exists(f"{prefix}/pyvenv.cfg")
    if is_own or not any(_is_closed_environment(Path(other)) for other in prefixes):
        return []
    return [str(path) for path in sorted(Path(prefix).glob("lib/python3*/site-packages"))]


def _is_closed_environment(prefix: Path) -> bool:
    """Return whether this is a virtual environment without the packages of the Python below it."""
    settings = prefix / "pyvenv.cfg"
    text = settings.read_text().replace(" ", "") if settings.is_file() else ""
    return "include-system-site-packages=false" in text.lower()


def _shared_objects(folders: list[str], covered: tuple[str, ...]) -> Iterator[str]:
    for folder in folders:
        for parent, names, files in os.walk(folder):
            names[:] = [name for name in names if f"{parent}/{name}" not in covered]
            yield from (f"{parent}/{name}" for name in files if ".so" in name)


def _libraries(roots: list[str], cache: dict[str, list[str]]) -> list[str]:
    """Return the paths of the libraries that these files load, of those that they load, and of the loader."""
    found: dict[str, str] = {}
    waiting = list(roots)
    waiting += [path for name in _OPENED for path in cache.get(name, ())]
    found |= {path: _at_home(path) for path in waiting[len(roots) :]}
    while waiting:
        names, loader = _needs(waiting.pop())
        for path in [*(path for name in names for path in cache.get(name, ())), *loader]:
            if path not in found:
                found[path] = _at_home(path)
                waiting.append(path)
    return list(found.values())


def _loader_cache() -> dict[str, list[str]]:
    """Return the paths of every shared library that the loader knows, by name; empty without glibc's loader."""
    if not os.path.exists(_LDCONFIG):
        return {}
    done = subprocess.run([_LDCONFIG, "-p"], capture_output=True, text=True, check=False)
    paths: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        left, arrow, path = line.strip().partition(" => ")
        if arrow and os.path.exists(path):
            paths.setdefault(left.split(" ")[0], []).append(path)
    return paths


def _at_home(path: str) -> str:
    """Return a path without links among its folders: inside, ``/lib`` is a link too."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _needs(path: str) -> tuple[list[str], list[str]]:
    """Return the names of the libraries that an ELF file loads, and the path of its loader when it is a program."""
    try:
        with open(path, "rb") as file:
            return _read_needs(file)
    except (OSError, ValueError, struct.error, StopIteration):  # no file of this kind, or a broken one
        return [], []


def _read_needs(file: BinaryIO) -> tuple[list[str], list[str]]:
    head = file.read(64)
    if not head.startswith(_ELF):
        return [], []
    (start,), (size, number) = struct.unpack_from("<Q", head, 32), struct.unpack_from("<HH", head, 54)
    table = _read(file, start, size * number)
    # Of each header: kind, flags, offset, address, physical address, length in the file.
    headers = [struct.unpack_from("<IIQQQQ", table, size * i) for i in range(number)]
    loader = [_read(file, h[2], h[5]).rstrip(b"\0").decode() for h in headers if h[0] == _PT_INTERP]
    entries = [
        entry
        for h in headers
        if h[0] == _PT_DYNAMIC
        for entry in struct.iter_unpack("<QQ", _read(file, h[2], h[5]))
    ]
    facts = dict(entries)
    if _DT_STRTAB not in facts:
        return [], loader
    address = facts[_DT_STRTAB]
    offset = next(
        h[2] + address - h[3] for h in headers if h[0] == _PT_LOAD and h[3] <= address < h[3] + h[5]
    )
    texts = _read(file, offset, facts[_DT_STRSZ])
    names = [texts[at : texts.index(b"\0", at)].decode() for tag, at in entries if tag == _DT_NEEDED]
    return names, loader


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)
