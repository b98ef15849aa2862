"""Start a program in the namespaces that bubblewrap made, from outside, with one capability over them.

``python -I -S -B enter.py REQUEST`` is a process of its own, started by ``raising`` for a zygote where what
bubblewrap starts may not make user namespaces. On Ubuntu 24.04 that is AppArmor's rule: only bubblewrap's own
program may, and what it executes loses every capability. A process that *enters* namespaces is under no such rule:
a user has all capabilities over the user namespaces that he made (``user_namespaces(7)``). So this process, which
was never bubblewrap's child,

1. enters the user namespace that owns bubblewrap's other namespaces, then these, then the user namespace inside;
2. forks, for only a child is in the process namespace, and waits for the child with its own descriptors closed;
3. the child gives up all capabilities but one (``CAP_SYS_ADMIN``, over these namespaces only), takes ``no_new_privs``
   and the filter of the outer wall, and executes the program as bubblewrap would have.

The program is the zygote, which meets no untrusted code and rests the capability (``zygote``). This process has read
nothing but its request. When the worker ends, or the first process of the namespace, the kernel ends both.
"""

import importlib.util
import json
import mmap
import os
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_OTHERS = ("mnt", "pid", "net", "ipc", "uts", "cgroup")
_FAILED = 70


def main() -> None:
    """Enter, start the program, and end as it does."""
    kernel = _kernel()
    kernel.die_with_parent(signal.SIGKILL)
    request = json.loads(_content(int(sys.argv[1])))
    _enter(kernel, request["sleeper"])
    pid = os.fork()
    if pid == 0:
        _become(kernel, request)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    kernel.drop_capabilities()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os._exit(status if status >= 0 else 128 - status)


def _kernel() -> ModuleType:
    """Return the module beside this one alone: its package would import all of the worker's room."""
    path = Path(__file__).with_name("kernel.py")
    spec = importlib.util.spec_from_file_location("kernel", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _content(descriptor: int) -> bytes:
    with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as view:
        return bytes(view)


def _enter(kernel: ModuleType, sleeper: int) -> None:
    """Enter all namespaces of a process, by its descriptor."""
    number = _number_of(sleeper)
    folder = os.open(f"/proc/{number}/ns", os.O_RDONLY | os.O_DIRECTORY)
    signal.pidfd_send_signal(sleeper, 0)  # it is alive, so the number was its own
    flags = {
        "mnt": kernel.CLONE_NEWNS, "pid": kernel.CLONE_NEWPID, "net": kernel.CLONE_NEWNET,
        "ipc": kernel.CLONE_NEWIPC, "uts": kernel.CLONE_NEWUTS, "cgroup": kernel.CLONE_NEWCGROUP,
    }  # fmt: skip
    own = {name: os.readlink(f"/proc/self/ns/{name}") for name in (*_OTHERS, "user")}
    # Where bubblewrap made none, there is none to enter.
    names = [name for name in _OTHERS if os.readlink(name, dir_fd=folder) != own[name]]
    others = {name: os.open(name, os.O_RDONLY, dir_fd=folder) for name in names}
    inner = os.open("user", os.O_RDONLY, dir_fd=folder)
    outer = kernel.owner_of(others["mnt"])
    is_same = os.fstat(outer).st_ino == os.fstat(inner).st_ino
    kernel.enter(outer, kernel.CLONE_NEWUSER)
    for name, descriptor in others.items():
        kernel.enter(descriptor, flags[name])
    if not is_same:
        kernel.enter(inner, kernel.CLONE_NEWUSER)
    os.chdir("/tmp")  # noqa: S108 (the jail's own)


def _number_of(pidfd: int) -> int:
    with open(f"/proc/self/fdinfo/{pidfd}") as file:
        return int(next(line.split()[1] for line in file if line.startswith("Pid:")))


def _become(kernel: ModuleType, request: dict[str, Any]) -> None:
    """Be the program, as bubblewrap would have started it. Never returns."""
    try:
        os.setsid()
        kernel.die_with_parent(signal.SIGKILL)
        program = _content(request["filter"])
        kernel.hand_on_capability(kernel.CAP_SYS_ADMIN)
        kernel.forbid_new_privileges()
        kernel.load_filter(program)
        for descriptor in _open_descriptors() - set(request["passed"]) - {0, 1, 2}:
            os.set_inheritable(descriptor, False)
        os.execve(request["command"][0], request["command"], request["environment"])  # noqa: S606
    except BaseException as error:  # a wall that is not up ends the process
        os.write(2, f"the outer wall failed: {type(error).__name__}: {error}\n".encode())
    os._exit(_FAILED)


def _open_descriptors() -> set[int]:
    found = {int(name) for name in os.listdir("/proc/self/fd")}
    return {descriptor for descriptor in found if _is_open(descriptor)}


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:  # the one that listed the folder
        return False
    return True


if __name__ == "__main__":
    main()
