"""The kernel's calls that Python does not offer, by ``ctypes``: namespaces, mounts, capabilities, filters.

Runs inside the jail, before untrusted code, on any Python from 3.10 on. Numbers are part of the kernel's stable
interface; each constant names its header. Every function raises ``OSError`` when the kernel refuses.
"""

import ctypes
import os
import struct

# linux/sched.h
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
# linux/mount.h
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
# linux/prctl.h
_PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP, _PR_SET_SECCOMP = 38, 24, 22
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_SECCOMP_MODE_FILTER = 2
# linux/capability.h
_CAPABILITY_VERSION_3, _LAST_CAPABILITY = 0x20080522, 40
# linux/sockios.h, linux/if.h
_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Enter new namespaces (``unshare(2)``)."""
    _check(_libc.unshare(flags), "unshare")


def map_this_user(uid: int, gid: int) -> None:
    """Keep this user's and group's number in the user namespace just entered (``user_namespaces(7)``).

    They must have been asked for before: inside an unmapped namespace the kernel answers 65534.
    """
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount a file system (``mount(2)``)."""
    words = [ctypes.c_char_p(word.encode()) for word in (source, target, kind)]
    _check(_libc.mount(*words, ctypes.c_ulong(flags), ctypes.c_char_p(options.encode())), f"mount {target}")


def raise_loopback() -> None:
    """Bring up ``lo`` of the network namespace just entered; nothing else is in it."""
    import fcntl
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def drop_capabilities() -> None:
    """Give up every capability, for ever (``capabilities(7)``)."""
    for capability in range(_LAST_CAPABILITY + 1):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # beyond the last that this kernel knows
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


def forbid_new_privileges() -> None:
    """Make set-user-id programs start without their privilege."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def load_filter(program: bytes) -> None:
    """Load a system-call filter that ``seccomp`` made; it holds for this process and its children."""
    lines = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):  # struct sock_fprog
        _fields_ = (("n_lines", ctypes.c_ushort), ("lines", ctypes.c_void_p))

    given = Program(len(program) // 8, ctypes.addressof(lines))
    _check(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(given), 0, 0), "seccomp")
