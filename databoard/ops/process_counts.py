"""What the processes of one web server have counted, in files that each of them reads: below DATABOARD_HOME.

The Prometheus client maps a file for each process, in the folder that the environment names. A web server has a
folder of its own, so that two of them may overlap while a release is published. The counts of a process that ended
are added to those of all that ended before it, and its files go: no count is lost, and the files stay few.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Read by the Prometheus client when it is imported, so it is set before that.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: In place of the number of a process in the names of files: those that ended.
ENDED = "ended"
_OWNER, _READING = "owner", "reading"
#: The files that say that this process lives; closed, and so free, when it ends.
_held: list[int] = []


def join(home: Path, server_pid: int) -> Path:
    """Let this process and its children count in the folder of a web server; remove the folders of dead ones."""
    root = home / "metrics"
    root.mkdir(mode=0o700, exist_ok=True)
    with _locked(root / _OWNER, fcntl.LOCK_EX):
        folder = root / str(server_pid)
        for other in root.iterdir():
            if other.is_dir() and not _is_owned(other):
                shutil.rmtree(other, ignore_errors=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder / _OWNER, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held.append(descriptor)
    os.environ[VARIABLE] = str(folder)
    return folder


def collect(pid: int) -> None:
    """Add what the process `pid` counted to what all counted that ended, and remove its files."""
    from prometheus_client.mmap_dict import MmapedDict

    folder = Path(os.environ[VARIABLE])
    with _locked(folder / _READING, fcntl.LOCK_EX):
        for path in folder.glob(f"*_{pid}.db"):
            total = MmapedDict(str(path.with_name(path.name.replace(f"_{pid}.db", f"_{ENDED}.db"))))
            for key, value, moment, _ in MmapedDict.read_all_values_from_file(str(path)):
                total.write_value(key, total.read_value(key)[0] + value, moment)
            total.close()
            path.unlink()


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Keep the files of a folder as they are: nobody reads a count twice, or in neither of two files."""
    with _locked(folder / _READING, fcntl.LOCK_SH):
        yield


def _is_owned(folder: Path) -> bool:
    try:
        with _locked(folder / _OWNER, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
