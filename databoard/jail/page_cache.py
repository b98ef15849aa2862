"""Keep in memory the files of the disk that runs share, where there is no room for a copy of them (``memory_copy``).

When all of them are in memory beforehand, to read one changes nothing that another run could see. The system-call
filter refuses what drops or probes pages: ``fadvise``, ``mincore``, some kinds of ``madvise``. The kernel takes pages
away only when the machine is short of memory, and counts them: files are read again only then.
"""

import functools
import os
import threading
import time
from collections.abc import Iterator

from databoard.jail.report import Interpreter
from databoard.jail.system_files import SystemFiles, system_files

#: Least time between two readings of the same files: a machine that is short of memory has other worries.
REST_S = 300.0
_CHUNK_BYTES = 1 << 20
_lock = threading.Lock()
#: By Python: when its files were read, and how many pages the kernel had taken from all files by then.
_read_at: dict[Interpreter, tuple[float, int]] = {}


def keep_in_memory(interpreter: Interpreter) -> int:
    """Read every file that runs of this Python are shown, unless all of them are in memory; return how many bytes.

    The first call for a Python takes a second for each gigabyte when they are, longer from disk.
    """
    with _lock:
        now, n_taken = time.monotonic(), _n_pages_taken()
        known = _read_at.get(interpreter)
        if known is not None and (known[1] == n_taken or now - known[0] < REST_S):
            return 0
        n_bytes = sum(map(_read, files_of(system_files(interpreter))))
        _read_at[interpreter] = (now, n_taken)
        return n_bytes


def files_of(shown: SystemFiles) -> Iterator[str]:
    """Yield the paths of all files and links that are shown."""
    for path in shown.paths:
        if not os.path.isdir(path):
            yield path
        for parent, names, files in os.walk(path):
            links = [name for name in names if os.path.islink(f"{parent}/{name}")]
            names[:] = [name for name in names if f"{parent}/{name}" not in shown.covered]
            yield from (f"{parent}/{name}" for name in (*files, *links))


def _read(path: str) -> int:
    buffer, n_bytes = _buffer(), 0
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:  # a link to nowhere, a folder, or nothing that we may read
        return 0
    try:
        while n_read := os.readv(descriptor, [buffer]):
            n_bytes += n_read
    except OSError:
        return n_bytes
    finally:
        os.close(descriptor)
    return n_bytes


@functools.cache
def _buffer() -> bytearray:
    return bytearray(_CHUNK_BYTES)


def _n_pages_taken() -> int:
    """Return how often the kernel has taken a page from memory, for any reason; 0 where it does not say."""
    try:
        with open("/proc/vmstat") as file:
            counters = dict(line.split() for line in file)
    except OSError:
        return 0
    names = ("drop_pagecache", *(name for name in counters if name.startswith("pgsteal_")))
    return sum(int(counters.get(name, 0)) for name in names)
