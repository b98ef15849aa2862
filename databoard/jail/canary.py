"""Try, from inside the jail, what the wall must forbid. Each attempt answers by itself.

Our own code, run by :func:`databoard.jail.check`, which laid out the targets. An answer is ``[closed,
detail]``; an attempt that says nothing counts as open.
"""

import contextlib
import ctypes
import fcntl
import json
import mmap
import os
import platform
import resource
import socket
import struct

from databoard.jail import landlock
from databoard.jail.syscalls import number_of

_EXPECTED_FDS = 2  # beyond the standard three: the channel and the input
_NOWHERE = ("/", "/usr", "/etc", "/srv", "/srv/kit", "/dev", "/var", "/root", "/home")


def warm(inputs, preload) -> None:
    """Nothing is needed beforehand."""


def main(channel, inputs) -> None:
    """Try everything when the run starts cold."""
    run(None, channel, inputs)


def run(context, channel, inputs) -> None:
    """Try everything, send one line of JSON, stay to be looked at."""
    with mmap.mmap(inputs[0], 0, prot=mmap.PROT_READ) as view:
        target = json.loads(bytes(view))
    attempts = {
        "files of the server": lambda: _secret_file(target["secret_path"], target["marker"]),
        "writing outside": lambda: _write_outside(target["folder"]),
        "altering the input": lambda: _write_input(inputs[0]),
        "environment": lambda: _environment(set(target["environment"])),
        "environment of others": lambda: _other_environments(target["marker"]),
        "network, TCP": lambda: _connect(
            socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", target["tcp_port"])
        ),
        "network, UDP": _udp,
        "abstract socket": lambda: _connect(socket.AF_UNIX, socket.SOCK_STREAM, target["abstract"]),
        "socket file": lambda: _connect(socket.AF_UNIX, socket.SOCK_STREAM, target["socket_path"]),
        "other processes": _other_processes,
        "signals to the server": lambda: _signal(target["server_pid"]),
        "user": _user,
        "capabilities": _capabilities,
        "new privileges": _no_new_privileges,
        "file locks": _file_locks,
        "file watches": _file_watches,
        "key rings": _key_rings,
        "foreign system calls": _foreign_calls,
        "new namespaces": _new_namespaces,
        "foreign sockets": _foreign_sockets,
        "tracing": _tracing,
        "paths beyond the list": _paths_beyond,
        "descriptors": _descriptors,
        "process limit": _process_limit,
        "memory limit": _memory_limit,
    }
    answers = {}
    for name, attempt in attempts.items():
        with contextlib.suppress(Exception):
            answers[name] = attempt()
    channel.sendall(json.dumps(answers).encode() + b"\n")
    channel.recv(1)


def _secret_file(path, marker):
    try:
        with open(path) as file:
            return [marker not in file.read(), f"{path} can be read"]
    except OSError as error:
        return [True, str(error.strerror)]


def _write_outside(folder):
    for place in (folder, *_NOWHERE):
        path = os.path.join(place, "databoard-canary")
        try:
            with open(path, "w"):
                pass
        except OSError:
            continue
        os.unlink(path)
        return [False, f"{place} can be written"]
    return [True, "read-only"]


def _write_input(descriptor):
    with contextlib.suppress(OSError):
        writable = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)
        try:
            os.pwrite(writable, b"!", 0)
        finally:
            os.close(writable)
        return [False, "the input was overwritten"]
    return [True, "sealed"]


def _environment(allowed):
    extra = sorted(set(os.environ) - allowed)
    return [not extra, f"unexpected: {', '.join(extra)}" if extra else "cleared"]


def _other_environments(marker):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            if marker.encode() in file.read():
                return [False, f"that of process {pid} can be read"]
    return [True, "nothing of the server's"]


def _connect(family, kind, address):
    with socket.socket(family, kind) as connection:
        connection.settimeout(2)
        try:
            connection.connect(address)
        except OSError as error:
            return [True, str(error.strerror or error)]
        return [False, f"connected to {address!r}"]


def _udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        try:
            connection.sendto(b"!", ("192.0.2.1", 9))
        except OSError as error:
            return [True, str(error.strerror)]
        return [False, "a datagram left"]


def _other_processes():
    pids = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    # The first process of the namespace and this one.
    return [len(pids) <= 2, f"{len(pids)} processes visible"]


def _signal(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return [True, "no such process"]
    except PermissionError:
        return [False, "the server's process is visible"]
    return [pid == os.getpid() or pid <= 2, f"process {pid} can be signalled"]


def _user():
    return [0 not in (*os.getresuid(), *os.getresgid()), f"uid {os.getuid()}"]


def _status(name):
    with open("/proc/self/status") as file:
        return next(line.split()[1] for line in file if line.startswith(name + ":"))


def _capabilities():
    held = {name: int(_status(name), 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")}
    return [not any(held.values()), "none" if not any(held.values()) else str(held)]


def _no_new_privileges():
    return [_status("NoNewPrivs") == "1", f"no_new_privs = {_status('NoNewPrivs')}"]


def _file_locks():
    """Try every kind of lock on a file that all runs share."""
    lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 1, 0)
    commands = (fcntl.F_SETLK, fcntl.F_GETLK, fcntl.F_OFD_SETLK, fcntl.F_OFD_GETLK)
    with open(os.__file__, "rb") as file:
        attempts = [lambda: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)]
        attempts += [lambda command=command: fcntl.fcntl(file, command, lock) for command in commands]
        attempts.append(lambda: fcntl.fcntl(file, fcntl.F_GETLEASE))
        for attempt in attempts:
            with contextlib.suppress(OSError):
                attempt()
                return [False, f"{os.__file__} can be locked, or its locks seen"]
    return [True, "refused"]


def _file_watches():
    descriptor = _call("inotify_init1", 0)
    if descriptor >= 0:
        os.close(descriptor)
    return [descriptor < 0, "refused" if descriptor < 0 else "use of shared files can be watched"]


def _key_rings():
    get_id, user_ring, is_created = 0, -4, 1  # KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING
    ring = _call("keyctl", get_id, user_ring, is_created)
    return [ring < 0, "refused" if ring < 0 else "keys can be left for later runs"]


def _call(name, *arguments):
    return ctypes.CDLL(None).syscall(ctypes.c_long(number_of(name)), *arguments)


def _foreign_calls():
    """Ask for the process id by the numbers of 32-bit x86, which mean other calls to a filter."""
    if _status("Seccomp") != "2":
        return [False, "there is no filter"]
    if platform.machine() != "x86_64":
        return [True, "only another program could make any"]
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(int(_pid_by_int_0x80() == os.getpid()))
        finally:
            os._exit(2)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    # Refused, or ended by a kernel that has no such calls at all.
    return [status <= 0, "refused" if status <= 0 else "they pass"]


def _pid_by_int_0x80():
    code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20; int 0x80; ret
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


def _new_namespaces():
    is_made = _call("unshare", 0x10000000) == 0  # CLONE_NEWUSER
    return [not is_made, "a user namespace can be made" if is_made else "refused"]


def _foreign_sockets():
    for name, family in (("netlink", 16), ("packet", 17), ("Bluetooth", 31), ("vsock", 40)):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_RAW):
            return [False, f"a {name} socket can be made"]
    return [True, "refused"]


def _tracing():
    """Try to trace a child of our own: what is refused here is refused for every process."""
    attach, held_read, held_write = 16, *os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(held_write)
        os.read(held_read, 1)
        os._exit(0)
    is_traced = _call("ptrace", attach, pid, 0, 0) == 0
    os.kill(pid, 9)
    os.close(held_read)
    os.close(held_write)
    os.waitpid(pid, 0)
    return [not is_traced, "another process can be traced" if is_traced else "refused"]


def _paths_beyond():
    """Landlock shows where mounts and file modes would let us: at the root of the file system."""
    if landlock.version() == 0:
        return [True, "this kernel has no Landlock"]
    try:
        os.listdir("/")
    except PermissionError:
        return [True, f"Landlock version {landlock.version()}"]
    return [False, "the root folder can be listed"]


def _descriptors():
    extra = {}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one that lists the folder is gone by now
            if int(name) > 2:
                extra[name] = os.readlink(f"/proc/self/fd/{name}")
    return [len(extra) <= _EXPECTED_FDS, f"beyond the standard three: {', '.join(extra.values())}"]


def _process_limit():
    """Lower the limit to 20 and fork until the kernel refuses: it must count this user's processes."""
    limit = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    resource.setrlimit(resource.RLIMIT_NPROC, (20, limit))
    held_read, held_write = os.pipe()
    children = []
    try:
        for _ in range(40):
            pid = os.fork()
            if pid == 0:
                os.close(held_write)
                os.read(held_read, 1)
                os._exit(0)
            children.append(pid)
    except BlockingIOError:
        return [
            limit != resource.RLIM_INFINITY,
            f"{limit:,}; a limit of 20 refused after {len(children)} forks",
        ]
    finally:
        os.close(held_write)
        for pid in children:
            os.waitpid(pid, 0)
    return [False, f"{len(children)} forks went through a limit of 20"]


def _memory_limit():
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.malloc.restype = ctypes.c_void_p
    taken = libc.malloc(ctypes.c_size_t(1 << 40))
    return [not taken and limit != resource.RLIM_INFINITY, f"address space {limit:,} bytes"]
