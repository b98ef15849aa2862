"""Inside the outer wall: a warm process that forks one walled cell for each run.

Theory of operation. Importing numpy, pandas and scikit-learn costs a second, loading the data of a kit more. This
process does both once, before it has met any untrusted code, and never meets any: for each run it forks, and the
child raises the *inner wall* around itself within milliseconds:

1. the *watcher* (the first child) enters new user, mount, process, network, IPC and host-name namespaces, forks
   the *init* of the process namespace, hands the worker a descriptor of it, and waits;
2. the init mounts a private ``/tmp``, ``/dev/shm`` and ``/proc``, makes the kit's files read-only, brings up
   loopback, gives up every capability, sets the limits, loads Landlock and the inner system-call filter, and forks
3. the *run*, which waits for its inputs on the channel and calls ``module.run(context, channel, inputs)``.

Only the run ever executes untrusted code. It shares no namespace with another run and no writable file; what it
inherits is a private copy of this process's memory, which holds the libraries, X of the training set and the kit's
``problem.py``: nothing that the run may not have. When the worker kills the init, the kernel ends all of the run.

**Where the machine lets nobody nest user namespaces** (``warm``), this process is *holding*: the worker started it
with the capabilities that step 1 needs. It does not use them while it warms up, and every run drops them in step 2
as ever. Root's cells are then divided by a user id each instead of a user namespace each.

The worker asks over a socket that keeps messages whole: one JSON object with four descriptors (channel, output,
status, filter). It hears ``READY`` once, and then each watcher on its own status socket. ``inside`` starts this
module; it knows nothing of submissions.
"""

import contextlib
import functools
import gc
import importlib
import json
import mmap
import operator
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from databoard.jail import kernel, landlock
from databoard.jail.inside import lower, open_streams

#: The namespaces of a run, by the name of their layer.
NAMESPACES = {
    "user": kernel.CLONE_NEWUSER,
    "mnt": kernel.CLONE_NEWNS,
    "pid": kernel.CLONE_NEWPID,
    "net": kernel.CLONE_NEWNET,
    "ipc": kernel.CLONE_NEWIPC,
    "uts": kernel.CLONE_NEWUTS,
}
_PLAIN = kernel.MS_NOSUID | kernel.MS_NODEV
_MAX_MESSAGE_BYTES = 1 << 16
_FAILED = 70
#: What the worker asked for one cell, or for the whole zygote; JSON.
Facts = dict[str, Any]


def main(control: socket.socket, inputs: tuple[int, ...]) -> None:
    """Warm up, say READY, fork a run for every message; end with the worker."""
    with mmap.mmap(inputs[0], 0, prot=mmap.PROT_READ) as view:
        settings = json.loads(bytes(view))
    if settings["is_holding"]:
        kernel.rest_capabilities()
        os.umask(0o022)  # a run with a user id of its own reads the kit's files
    module = importlib.import_module(settings["module"])
    context = module.warm(inputs[1:], tuple(settings["preload"]))
    n_threads = len(os.listdir("/proc/self/task"))
    if n_threads != 1:
        raise RuntimeError(f"Expected one thread before the first fork, got {n_threads}.")
    for descriptor in inputs:
        os.close(descriptor)
    gc.collect()
    gc.freeze()  # the pages of what is there now stay shared
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for watchers
    control.sendall(b"READY")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _MAX_MESSAGE_BYTES, 4)
        if not message:
            return
        if _fork() == 0:
            control.close()
            _watch(json.loads(message), descriptors, settings, module, context)
        for descriptor in descriptors:
            os.close(descriptor)


def _fork() -> int:
    """Fork; return -1 when there can be no more processes for now: what runs must not end for that."""
    try:
        return os.fork()
    except OSError as error:
        print(f"no cell: {error}", file=sys.stderr, flush=True)
        return -1


def _watch(
    request: Facts, descriptors: list[int], settings: Facts, module: ModuleType, context: object
) -> None:
    """Be the watcher: raise the namespaces, tell the worker, wait for the end. Never returns."""
    with contextlib.suppress(BaseException):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        channel, output, status, program = descriptors
        # The zygote's own would be one open file for all runs: its flags would carry messages.
        null = os.open("/dev/null", os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        open_streams()  # the zygote's know of what it printed itself
        with _told(request):
            uid, gid = os.getuid(), os.getgid()
            os.setsid()
            if settings["is_holding"]:
                kernel.use_capabilities()
            off = {*request["off"], *(() if request["uid"] is None else ("user",))}
            flags = [flag for name, flag in NAMESPACES.items() if name not in off]
            kernel.unshare(functools.reduce(operator.or_, flags))
            if "user" not in off:
                kernel.map_this_user(uid, gid)
            pid = os.fork()
        if pid == 0:
            os.close(status)
            _be_init(request, channel, program, settings, module, context)
        told = socket.socket(fileno=status)
        kernel.drop_capabilities()
        for descriptor in (channel, program, 1, 2):
            os.close(descriptor)
        init = os.pidfd_open(pid)
        socket.send_fds(told, [b"INIT"], [init])
        _, exit_status, usage = os.wait4(pid, 0)
        facts = {"status": os.waitstatus_to_exitcode(exit_status), "cpu_time_s": usage.ru_utime + usage.ru_stime,
                 "max_rss_bytes": usage.ru_maxrss * 1024}  # fmt: skip
        told.sendall(json.dumps(facts).encode())
    os._exit(0)


def _be_init(
    request: Facts, channel: int, program: int, settings: Facts, module: ModuleType, context: object
) -> None:
    """Be the first process of the run's namespace: close the inner wall, fork the run, end with it. Never returns."""
    with _told(request):
        os.setsid()  # out of the group of the watcher, which a signal to the whole group would reach
        _wall_in(request, program, settings)
        os.close(program)
        pid = os.fork()
    if pid == 0:
        _run(channel, module, context)
    os.close(channel)
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    while True:
        found, exit_status = os.waitpid(-1, 0)
        if found == pid:
            code = os.waitstatus_to_exitcode(exit_status)
            os._exit(code if code >= 0 else 128 - code)


def _wall_in(request: Facts, program: int, settings: Facts) -> None:
    off = set(request["off"])
    if "mounts" not in off:
        _mount(request, settings)
    if "net" not in off:
        kernel.raise_loopback()
    os.chdir("/tmp")  # noqa: S108
    if request["uid"] is not None:
        kernel.become(request["uid"])
    if "capabilities" not in off:
        kernel.drop_capabilities()
    kernel.forbid_new_privileges()
    if "limits" not in off:
        _limit(request["rlimits"])
    if "landlock" not in off:
        landlock.restrict_run(settings["prefixes"])
    if "filter" not in off:
        with mmap.mmap(program, 0, prot=mmap.PROT_READ) as view:
            kernel.load_filter(bytes(view))


def _mount(request: Facts, settings: Facts) -> None:
    size = f"size={request['disk_bytes']},nr_inodes={request['n_inodes']},mode=1777"
    kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_PRIVATE)
    with _kept_below_tmp(settings["prefixes"]):
        kernel.mount("tmpfs", "/tmp", "tmpfs", _PLAIN, size)  # noqa: S108
    kernel.mount("tmpfs", "/dev/shm", "tmpfs", _PLAIN, size)  # noqa: S108
    # Without what counts for the whole machine, such as its open files: such counters carry messages.
    kernel.mount("proc", "/proc", "proc", _PLAIN | kernel.MS_NOEXEC, "subset=pid")
    # Terminals and the times of device nodes are shared by all.
    kernel.mount("tmpfs", "/dev/pts", "tmpfs", _PLAIN | kernel.MS_RDONLY, "size=4096,nr_inodes=1")
    for name in landlock.DEVICES:
        kernel.make_read_only(f"/dev/{name}", kernel.MS_NOSUID)
    for path in settings["sealed"]:
        kernel.make_read_only(path, kernel.MS_NOSUID | kernel.MS_NODEV)


@contextlib.contextmanager
def _kept_below_tmp(prefixes: list[str]) -> Iterator[None]:
    """Show the folders of Python that lie below ``/tmp`` there again, once something else was mounted on it."""
    hidden = [path for path in prefixes if path.startswith("/tmp/")]  # noqa: S108
    descriptors = [os.open(path, os.O_PATH | os.O_DIRECTORY) for path in hidden]
    yield
    for path, descriptor in zip(hidden, descriptors, strict=True):
        os.makedirs(path, mode=0o755, exist_ok=True)
        kernel.mount(f"/proc/self/fd/{descriptor}", path, "none", kernel.MS_BIND | kernel.MS_REC)
        os.close(descriptor)


def _limit(limits: dict[str, int]) -> None:
    with open("/proc/self/statm") as file:
        inherited_bytes = int(file.read().split()[0]) * mmap.PAGESIZE
    for name, limit in limits.items():
        # What a run maps before it starts is the zygote's; the supervisor counts what it touches.
        inherited = inherited_bytes if name == "RLIMIT_AS" else 0
        lower(getattr(resource, name), limit + inherited)


def _run(channel: int, module: ModuleType, context: object) -> None:
    """Be the run: wait for the inputs, then let the module meet the untrusted code. Never returns."""
    status = 1
    try:
        connection = socket.socket(fileno=channel)
        message, inputs, _, _ = socket.recv_fds(connection, 1, 8)
        if message:
            gc.enable()
            module.run(context, connection, tuple(inputs))
            status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:  # the run's own error, printed as Python does
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


@contextlib.contextmanager
def _told(request: Facts) -> Iterator[None]:
    """End this process with a line for the operator when the wall cannot be raised."""
    try:
        yield
    except BaseException as error:  # a wall that is not up ends the process
        os.write(2, f"the inner wall failed: {type(error).__name__}: {error}\n".encode())
        os._exit(_FAILED)
