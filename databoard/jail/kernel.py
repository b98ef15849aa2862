"""The kernel's calls that Python does not offer, by ``ctypes``: namespaces, mounts, capabilities, filters.

Runs inside the jail, before untrusted code, on any Python from 3.10 on. Numbers are part of the kernel's stable
interface; each constant names its header. Every function raises ``OSError`` when the kernel refuses.
"""

import ctypes
import fcntl
import os
import struct

# linux/sched.h
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
CLONE_NEWCGROUP = 0x02000000
# linux/nsfs.h
_NS_GET_USERNS = 0xB701
# linux/mount.h
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
# linux/prctl.h
_PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP, _PR_SET_SECCOMP = 38, 24, 22
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 2, 4
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_SECCOMP_MODE_FILTER = 2
# linux/capability.h
_CAPABILITY_VERSION_3, _LAST_CAPABILITY = 0x20080522, 40
CAP_SYS_ADMIN = 21
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


def make_read_only(path: str, flags: int) -> None:
    """Make what is mounted at a path read-only, with further flags.

    A user namespace may not take away the flags that an outer one gave, such as a container's ``noexec`` of ``/dev``.
    """
    kept = os.statvfs(path).f_flag & (MS_NODEV | MS_NOEXEC)  # both calls have the same bits for these
    mount("none", path, "none", MS_REMOUNT | MS_BIND | MS_RDONLY | flags | kept)


def raise_loopback() -> None:
    """Bring up ``lo`` of the network namespace just entered; nothing else is in it."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def enter(descriptor: int, kinds: int) -> None:
    """Enter namespaces of a process, or one namespace, by its descriptor (``setns(2)``)."""
    _check(_libc.setns(descriptor, kinds), "setns")


def owner_of(namespace: int) -> int:
    """Return a descriptor of the user namespace that owns a namespace (``ioctl_ns(2)``)."""
    return fcntl.ioctl(namespace, _NS_GET_USERNS)


def die_with_parent(signal: int) -> None:
    """Have the kernel send a signal when the thread that started this process ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0), "pdeathsig")


def become(uid: int) -> None:
    """Be another user from here on, as readable for itself as before."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _check(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable")


def drop_capabilities() -> None:
    """Give up every capability, for ever (``capabilities(7)``)."""
    _drop_bounding()
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    _set_capabilities(effective=0, permitted=0, inheritable=0)


def hand_on_capability(capability: int) -> None:
    """Give up every capability but one, which the program that this process executes next has too."""
    _drop_bounding(kept=capability)
    held = 1 << capability
    _set_capabilities(effective=held, permitted=held, inheritable=held)
    _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0), "ambient capability")


def rest_capabilities() -> None:
    """Use no capability until :func:`use_capabilities`; programs that are executed get none."""
    _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    _set_capabilities(effective=0, permitted=_permitted(), inheritable=0)


def use_capabilities() -> None:
    """Use the capabilities that this process kept."""
    held = _permitted()
    _set_capabilities(effective=held, permitted=held, inheritable=0)


def _drop_bounding(kept: int = -1) -> None:
    for capability in range(_LAST_CAPABILITY + 1):
        if capability != kept and _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # beyond the last that this kernel knows


def _set_capabilities(*, effective: int, permitted: int, inheritable: int) -> None:
    words = (effective, permitted, inheritable)
    halves = [word >> shift & 0xFFFFFFFF for shift in (0, 32) for word in words]
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, struct.pack("=6I", *halves)), "capset")


def _permitted() -> int:
    header, data = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    _check(_libc.capget(header, data), "capget")
    halves = struct.unpack("=6I", data.raw)
    permitted: int = halves[1] | halves[4] << 32
    return permitted


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
