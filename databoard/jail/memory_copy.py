"""A copy in memory of all files that runs share: a run that reads a file, or looks for one, leaves no trace.

Two runs that see the same folder of a disk share what the kernel remembers of it. A run that has seen hidden rows
could read one of two files that lie on disk only; a later run sees by its major faults which. Or it looks for names
that do not exist: the kernel remembers them too, and a later run tells them by the time that the answer takes. A
``tmpfs`` holds all of its pages and remembers no absent names. So runs are shown a copy in ``/dev/shm``: one for each
Python and version of its packages, shared by the workers of one user on this machine, and removed when none uses it.
Files that several copies have are there once (hard links), such as ``/usr`` below the environments of kits.

Where there is no room for it, runs see the files of the disk, all of them read beforehand (``page_cache``).
"""

import contextlib
import fcntl
import hashlib
import logging
import mmap
import os
import shutil
import stat
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from databoard.jail import page_cache
from databoard.jail.memory_room import available_bytes
from databoard.jail.report import Interpreter
from databoard.jail.system_files import SystemFiles, system_files

FOLDER = Path("/dev/shm")  # noqa: S108 (a folder of this user's own below it)
#: What of the machine's memory may be left at least, in sizes of the copy.
MIN_LEFT = 2
_PACKAGE = Path(__file__).resolve().parents[1]
_UNFINISHED = "new"
_LEFT_OUT = {"static", "templates", "__pycache__"}
_log = logging.getLogger(__name__)
_lock = threading.Lock()
#: By Python: the copy's folder, and the locked file that keeps it; an empty folder where there is none.
_copies: "dict[Interpreter, tuple[str, int | None]]" = {}


def copy_of(interpreter: Interpreter) -> str:
    """Return the folder below which copies of the files that runs share lie by their paths; empty for the disk's own.

    The first call for a Python makes the copy, which takes some seconds for a gigabyte. One that has been removed
    meanwhile is made again.
    """
    with _lock:
        for known in [one for one, (folder, _) in _copies.items() if _is_gone(one, folder)]:
            _forget(known)
        if interpreter not in _copies:
            _copies[interpreter] = _found_or_made(interpreter)
        folder = _copies[interpreter][0]
    if not folder:
        page_cache.keep_in_memory(interpreter)
    return folder


def _is_gone(interpreter: Interpreter, folder: str) -> bool:
    """Return whether a copy was removed (a log-out may clear /dev/shm), or the environment it was made from."""
    return bool(folder) and not (os.path.isdir(folder) and os.path.exists(interpreter.executable))


def _forget(interpreter: Interpreter) -> None:
    _, holder = _copies.pop(interpreter)
    if holder is not None:
        os.close(holder)


def _found_or_made(interpreter: Interpreter) -> "tuple[str, int | None]":
    holder = None
    try:
        files = _with_package(system_files(interpreter))
        facts = dict(_facts(files))
        digest = _digest(facts)
        home = _home()
        with _locked(home / "making", fcntl.LOCK_EX):
            holder = _hold(home / f"{digest}.lock", fcntl.LOCK_SH)
            if not (home / digest).is_dir():
                _sweep(home)
                there = _found_in_others(home, facts)
                _check_room(home, [fact for path, fact in facts.items() if path not in there])
                sources = {path: there.get(path, _source(path, files)) for path in facts}
                _make(sources, home / _UNFINISHED, home / digest)
        return str(home / digest), holder
    except OSError as error:
        _log.warning("shared files stay on disk, no copy of them in memory: %s", error)
        if holder is not None:
            os.close(holder)
        return "", None


def _facts(files: SystemFiles) -> "Iterator[tuple[str, os.stat_result]]":
    """Yield path and facts of every file and link; what vanishes meanwhile, or is none of both, is left out."""
    for path in sorted(set(page_cache.files_of(files))):
        with contextlib.suppress(OSError):
            fact = os.lstat(_source(path, files))
            if stat.S_ISREG(fact.st_mode) or stat.S_ISLNK(fact.st_mode):
                yield path, fact


def _digest(facts: "dict[str, os.stat_result]") -> str:
    """Return what changes with the files; Python writes its bytecode when it likes, so that does not count."""
    known = [(path, f.st_size, f.st_mtime_ns) for path, f in facts.items() if not path.endswith(".pyc")]
    return hashlib.sha256(repr(known).encode()).hexdigest()[:16]


def _with_package(files: SystemFiles) -> SystemFiles:
    with os.scandir(_PACKAGE) as entries:
        parts = [entry.path for entry in entries if entry.name not in _LEFT_OUT]
    return SystemFiles((*files.paths, *parts, *filter(os.path.isdir, ["/etc/alternatives"])), files.covered)


def _source(path: str, files: SystemFiles) -> str:
    """Return what is copied: of a single file what its link leads to, in folders links stay links."""
    return os.path.realpath(path) if path in files.paths else path


def _home() -> Path:
    """Return this user's folder for copies; nobody else may have made it."""
    home = FOLDER / f"databoard-files-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        home.mkdir(mode=0o700)  # runs are shown what lies below it, other users of the machine nothing
    facts = home.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise PermissionError(f"{home} is not a folder of this user alone; remove it")
    return home


def _found_in_others(home: Path, facts: "dict[str, os.stat_result]") -> dict[str, str]:
    """Return where other copies hold the same files: what two environments share lies in memory once."""
    others = [lock.with_suffix("") for lock in home.glob("*.lock")]
    found = {}
    for path, fact in facts.items():
        for other in others:
            with contextlib.suppress(OSError):
                if stat.S_ISREG(fact.st_mode) and _is_same(os.lstat(f"{other}{path}"), fact):
                    found[path] = f"{other}{path}"
                    break
    return found


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns, one.st_mode) == (other.st_size, other.st_mtime_ns, other.st_mode)


def _check_room(home: Path, facts: "Iterable[os.stat_result]") -> None:
    room = os.statvfs(home)
    if room.f_flag & os.ST_NOEXEC:
        raise OSError(f"{FOLDER} is mounted noexec, and no program could be started from there")
    facts = list(facts)
    size_bytes = sum(-(-fact.st_size // mmap.PAGESIZE) * mmap.PAGESIZE for fact in facts)
    free_bytes = min(room.f_bavail * room.f_frsize, available_bytes() // (1 + MIN_LEFT))
    if free_bytes < size_bytes or (room.f_files > 0 and room.f_favail < len(facts)):
        raise OSError(f"expected {size_bytes:,} bytes free in {FOLDER}, got {free_bytes:,}")


def _make(sources: dict[str, str], unfinished: Path, folder: Path) -> None:
    """Copy files and links to a folder that gets its name when all are there."""
    try:
        for path, source in sources.items():
            target = Path(f"{unfinished}{path}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(PermissionError, FileNotFoundError):  # nor could a run read it
                if Path(source).is_relative_to(unfinished.parent):
                    os.link(source, target)
                else:
                    shutil.copy2(source, target, follow_symlinks=False)
        for parent, _, _ in os.walk(unfinished):
            origin = parent.removeprefix(str(unfinished)) or "/"
            os.chmod(parent, stat.S_IMODE(os.stat(origin).st_mode) | stat.S_IRWXU)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    unfinished.rename(folder)


def _sweep(home: Path) -> None:
    """Remove copies that no worker holds any more, and what one left unfinished that was killed."""
    shutil.rmtree(home / _UNFINISHED, ignore_errors=True)
    for lock in home.glob("*.lock"):
        folder = lock.with_suffix("")
        with contextlib.suppress(BlockingIOError), _locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink()


@contextlib.contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
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
