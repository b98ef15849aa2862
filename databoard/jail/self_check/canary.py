"""Try, from inside the jail, what the wall must forbid. Each attempt answers by itself.

Our own code, run by :func:`databoard.jail.check`, which laid out the targets. An answer is ``[closed,
detail]``; an attempt that says nothing counts as open.
"""

import contextlib
import ctypes
import json
import mmap
import os
import resource
import socket

from databoard.jail import landlock
from databoard.jail.self_check import canary_calls

_EXPECTED_FDS = 2  # beyond the standard three: the channel and the input
_NOWHERE = ("/", "/usr", "/etc", "/srv", "/srv/kit", "/dev", "/var", "/root", "/home")


def warm(inputs: tuple[int, ...], preload: tuple[str, ...]) -> None:
    """Nothing is needed beforehand."""


def main(channel: socket.socket, inputs: tuple[int, ...]) -> None:
    """Try everything when the run starts cold."""
    run(None, channel, inputs)


def run(context: object, channel: socket.socket, inputs: tuple[int, ...]) -> None:
    """Try everything, send one line of JSON, stay to be looked at."""
    with mmap.mmap(inputs[0], 0, prot=mmap.PROT_READ) as view:
        target = json.loads(bytes(view))
    attempts = {
        "files of the server": lambda: _secret_file(target["secret_path"], target["marker"]),
        "writing outside": lambda: _write_outside(target["folder"]),
        "altering the input": lambda: _write_input(inputs[0]),
        "environment": lambda: _environment(set(target["environment"])),
        "environment of others": lambda: _other_environments(target["marker"]),
        "network, TCP": lambda: _tcp(target["tcp_port"]),
        "network, UDP": _udp,
        "abstract socket": lambda: _connect(socket.AF_UNIX, socket.SOCK_STREAM, target["abstract"]),
        "socket file": lambda: _connect_to_file(target["folder"]),
        "other processes": _other_processes,
        "signals to the server": lambda: _signal(target["server_pid"]),
        "user": _user,
        "capabilities": _capabilities,
        "new privileges": _no_new_privileges,
        "file locks": canary_calls.file_locks,
        "file watches": canary_calls.file_watches,
        "key rings": canary_calls.key_rings,
        "shared tables": canary_calls.shared_tables,
        "foreign system calls": canary_calls.foreign_calls,
        "new namespaces": canary_calls.new_namespaces,
        "foreign sockets": canary_calls.foreign_sockets,
        "tracing": canary_calls.tracing,
        "memory out of sight": canary_calls.memory_out_of_sight,
        "larger sockets": canary_calls.larger_sockets,
        "processor shares": canary_calls.processor_shares,
        "paths beyond the list": _paths_beyond,
        "descriptors": _descriptors,
        "process limit": lambda: _process_limit(target["process_limit"]),
        "memory limit": _memory_limit,
    }
    answers = {}
    for name, attempt in attempts.items():
        with contextlib.suppress(Exception):
            answers[name] = attempt()
    channel.sendall(json.dumps(answers).encode() + b"\n")
    channel.recv(1)


def _secret_file(path: str, marker: str) -> canary_calls.Answer:
    try:
        with open(path) as file:
            return [marker not in file.read(), f"{path} can be read"]
    except OSError as error:
        return [True, str(error.strerror)]


def _write_outside(folder: str) -> canary_calls.Answer:
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


def _write_input(descriptor: int) -> canary_calls.Answer:
    with contextlib.suppress(OSError):
        writable = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)
        try:
            os.pwrite(writable, b"!", 0)
        finally:
            os.close(writable)
        return [False, "the input was overwritten"]
    return [True, "sealed"]


def _environment(allowed: set[str]) -> canary_calls.Answer:
    extra = sorted(set(os.environ) - allowed)
    return [not extra, f"unexpected: {', '.join(extra)}" if extra else "cleared"]


def _other_environments(marker: str) -> canary_calls.Answer:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            if marker.encode() in file.read():
                return [False, f"that of process {pid} can be read"]
    return [True, "nothing of the server's"]


def _connect(family: int, kind: int, address: tuple[str, int] | str) -> canary_calls.Answer:
    with socket.socket(family, kind) as connection:
        connection.settimeout(2)
        try:
            connection.connect(address)
        except OSError as error:
            return [True, str(error.strerror or error)]
        return [False, f"connected to {address!r}"]


def _connect_to_file(folder: str) -> canary_calls.Answer:
    try:
        held = os.open(folder, os.O_PATH)
    except OSError as error:
        return [True, str(error.strerror)]
    try:
        return _connect(socket.AF_UNIX, socket.SOCK_STREAM, f"/proc/self/fd/{held}/socket")
    finally:
        os.close(held)


def _tcp(port: int) -> canary_calls.Answer:
    return _connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port))


def _udp() -> canary_calls.Answer:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        try:
            connection.sendto(b"!", ("192.0.2.1", 9))
        except OSError as error:
            return [True, str(error.strerror)]
        return [False, "a datagram left"]


def _other_processes() -> canary_calls.Answer:
    pids = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    # The first process of the namespace and this one.
    return [len(pids) <= 2, f"{len(pids)} processes visible"]


def _signal(pid: int) -> canary_calls.Answer:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return [True, "no such process"]
    except PermissionError:
        return [False, "the server's process is visible"]
    return [pid == os.getpid() or pid <= 2, f"process {pid} can be signalled"]


def _user() -> canary_calls.Answer:
    return [0 not in (*os.getresuid(), *os.getresgid()), f"uid {os.getuid()}"]


def _capabilities() -> canary_calls.Answer:
    held = {name: int(canary_calls.status(name), 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")}
    return [not any(held.values()), "none" if not any(held.values()) else str(held)]


def _no_new_privileges() -> canary_calls.Answer:
    return [canary_calls.status("NoNewPrivs") == "1", f"no_new_privs = {canary_calls.status('NoNewPrivs')}"]


def _paths_beyond() -> canary_calls.Answer:
    """Landlock shows where mounts and file modes would let us: at the root of the file system."""
    if landlock.version() == 0:
        return [True, "this kernel has no Landlock"]
    try:
        os.listdir("/")
    except PermissionError:
        return [True, f"Landlock version {landlock.version()}"]
    return [False, "the root folder can be listed"]


def _descriptors() -> canary_calls.Answer:
    extra = {}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one that lists the folder is gone by now
            if int(name) > 2:
                extra[name] = os.readlink(f"/proc/self/fd/{name}")
    return [len(extra) <= _EXPECTED_FDS, f"beyond the standard three: {', '.join(extra.values())}"]


def _process_limit(expected: int) -> canary_calls.Answer:
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
        is_ours = 0 <= limit <= expected  # without one, a limit of the whole server may still be there
        return [is_ours, f"{limit:,}; a limit of 20 refused after {len(children)} forks"]
    finally:
        os.close(held_write)
        for pid in children:
            os.waitpid(pid, 0)
    return [False, f"{len(children)} forks went through a limit of 20"]


def _memory_limit() -> canary_calls.Answer:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.malloc.restype = ctypes.c_void_p
    taken = libc.malloc(ctypes.c_size_t(1 << 40))
    return [not taken and limit != resource.RLIM_INFINITY, f"address space {limit:,} bytes"]
