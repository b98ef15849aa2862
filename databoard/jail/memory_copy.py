"""A copy in memory of all files that runs share: a run that reads a file, or looks for one, leaves no trace.

Two runs that see the same folder of a disk share what the kernel remembers of it. A run that has seen hidden rows
could read one of two files that lie on disk only; a later run sees by its major faults which. Or it looks for names
that do not exist: the kernel remembers them too, and a later run tells them by the time that the answer takes. A
``tmpfs`` holds all of its pages and remembers no absent names. So runs are shown a copy in ``/dev/shm``: one for each
Python and version of its packages, shared by the workers of one user on this machine, and removed when none uses it.

Where there is no room for it, runs see the files of the disk, all of them read beforehand (``page_cache``).
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
import stat
import threading
from pathlib import Path

from databoard.jail import page_cache
from databoard.jail.report import Interpreter
from databoard.jail.system_files import SystemFiles, system_files

FOLDER = Path("/dev/shm")  # noqa: S108 (a folder of this user's own below it)
#: What of the machine's memory may be left at least, in sizes of the copy.
MIN_LEFT = 2
_PACKAGE = Path(__file__).resolve().parents[1]
_LEFT_OUT = {"static", "templates", "__pycache__"}
_log = logging.getLogger(__name__)
_lock = threading.Lock()
#: By Python: the copy's folder, and the locked file that keeps it; an empty folder where there is none.
_copies: "dict[Interpreter, tuple[str, int | None]]" = {}


def copy_of(interpreter: Interpreter) -> str:
    """Return the folder below which copies of the files that runs share lie by their paths; empty for the disk's own.

    The first call for a Python makes the copy, which takes some seconds for a gigabyte.
    """
    with _lock:
        if interpreter not in _copies:
            _copies[interpreter] = _found_or_made(interpreter)
        folder = _copies[interpreter][0]
    if not folder:
        page_cache.keep_in_memory(interpreter)
    return folder


def _found_or_made(interpreter: Interpreter) -> "tuple[str, int | None]":
    files = _with_package(system_files(interpreter))
    facts = [(path, os.lstat(_source(path, files))) for path in sorted(set(page_cache.files_of(files)))]
    size_bytes = sum(fact.st_size for _, fact in facts if stat.S_ISREG(fact.st_mode))
    digest = hashlib.sha256(repr([(p, f.st_size, f.st_mtime_ns) for p, f in facts]).encode()).hexdigest()[:16]
    try:
        home = _home()
        with _locked(home / "making", fcntl.LOCK_EX):
            holder = _hold(home / f"{digest}.lock", fcntl.LOCK_SH)
            if not (home / digest).is_dir():
                _sweep(home)
                _check_room(home, size_bytes)
                _make([(path, _source(path, files)) for path, _ in facts], home / "new", home / digest)
        return str(home / digest), holder
    except OSError as error:
        _log.warning("shared files stay on disk, no copy of them in memory: %s", error)
        return "", None


def _with_package(files: SystemFiles) -> SystemFiles:
    parts = [entry.path for entry in os.scandir(_PACKAGE) if entry.name not in _LEFT_OUT]
    return SystemFiles((*files.paths, *parts, "/etc/alternatives"), files.covered)


def _source(path: str, files: SystemFiles) -> str:
    """Return what is copied: of a single file what its link leads to, in folders links stay links."""
    return os.path.realpath(path) if path in files.paths else path


def _home() -> Path:
    """Return this user's folder for copies; nobody else may have made it."""
    home = FOLDER / f"databoard-files-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        home.mkdir(mode=0o755)
    facts = home.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise PermissionError(f"{home} is not a folder of this user alone; remove it")
    return home


def _check_room(home: Path, size_bytes: int) -> None:
    room = os.statvfs(home)
    free_bytes = min(room.f_bavail * room.f_frsize, _available_bytes() // (1 + MIN_LEFT))
    if free_bytes < size_bytes:
        raise OSError(f"expected {size_bytes:,} bytes free in {FOLDER}, got {free_bytes:,}")


def _available_bytes() -> int:
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))


def _make(sources: list[tuple[str, str]], unfinished: Path, folder: Path) -> None:
    """Copy files and links to a folder that gets its name when all are there."""
    shutil.rmtree(unfinished, ignore_errors=True)
    for path, source in sources:
        target = Path(f"{unfinished}{path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError, FileNotFoundError):  # nor could a run read it
            shutil.copy2(source, target, follow_symlinks=False)
    for parent, _, _ in os.walk(unfinished):
        os.chmod(parent, 0o755)  # noqa: S103 (read by another user inside)
    unfinished.rename(folder)


def _sweep(home: Path) -> None:
    """Remove copies that no worker holds any more."""
    for lock in home.glob("*.lock"):
        folder = lock.with_suffix("")
        with contextlib.suppress(BlockingIOError), _locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink()


@contextlib.contextmanager
def _locked(path: Path, kind: int):
    descriptor = _hold(path, kind)
    try:
        yield
    finally:
        os.close(descriptor)


def _hold(path: Path, kind: int) -> int:
    """Return a descriptor that holds a lock on a file until it is closed, or its process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
