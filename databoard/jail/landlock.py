"""The kernel's Landlock: which files a process and its children may ever reach, whatever they mount or find.

A second wall behind the mount namespace; on a kernel without it (before 5.13) ``restrict`` does nothing and says so.
Runs inside the jail. Source of numbers and structures: ``linux/landlock.h``; the calls are ``landlock(7)``.
"""

import ctypes
import os
import struct
from collections.abc import Sequence

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
#: Every right on files that an interface version knows: bits 0 to 12, then one more each.
_ALL_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_FROM_5 = (1 << 16) - 1
#: From version 6 on: abstract sockets and signals stay within the domain.
_SCOPES = 0b11
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15  # what a rule on a plain file may name

_READABLE = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/srv", "/proc", "/dev")
#: The device nodes that a run may use.
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_WRITABLE = ("/tmp", "/dev/shm", *(f"/dev/{name}" for name in DEVICES))  # noqa: S108

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the interface version of this kernel; 0 without Landlock."""
    answer: int = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    return max(answer, 0)


def restrict_run(prefixes: Sequence[str]) -> int:
    """Let this process and its children reach what a run is shown, and nothing else; return the interface version.

    Parameters
    ----------
    prefixes : sequence of str
        Folders of the Python that runs.
    """
    return restrict(readable=(*_READABLE, *prefixes), writable=_WRITABLE)


def restrict(*, readable: tuple[str, ...], writable: tuple[str, ...]) -> int:
    """Let this process and its children reach these trees only, for ever; return the interface version.

    Needs ``no_new_privs``. Paths that do not exist are left out.

    Raises
    ------
    OSError
        If the kernel has Landlock and refuses.
    """
    known = version()
    if not known:
        return 0
    every_right = _ALL_BY_VERSION.get(known, _ALL_FROM_5)
    attributes = struct.pack("=QQQ", every_right, 0, _SCOPES if known >= 6 else 0)
    length = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = _call(_CREATE_RULESET, attributes[:length], ctypes.c_size_t(length), 0)
    try:
        for rights, paths in ((_READ, readable), (every_right, writable)):
            for path in paths:
                _allow(ruleset, path, rights & every_right)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return known


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _FILE_RIGHTS
        rule = struct.pack("=Qi", rights, descriptor)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"landlock: {os.strerror(error)}")
    return result
