"""Check the jail by attacking it from inside: ``fab jail_check``, and every start of a worker.

Nothing here reasons about kernels or versions. A canary runs in a real jail and attempts what must
fail, against targets that this process lays out: a readable secret file, listening sockets, its own
process. A layer that is open, *or that did not answer*, fails the check. So silence never counts
as closed.
"""

import contextlib
import json
import logging
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databoard.errors import JailError
from databoard.jail import bubblewrap, cgroups
from databoard.jail.cell import Cell
from databoard.jail.channel import Channel
from databoard.jail.memory_copy import copy_of
from databoard.jail.report import BadOutput, JailReport, Limits, Verdict
from databoard.jail.scratch import Scratch, sweep
from databoard.jail.sealed import SealedFile
from databoard.jail.self_check.layers import Layer, seen_from_outside
from databoard.jail.supervisor import run, run_in
from databoard.jail.wall import rlimits
from databoard.jail.warm import Recipe, Zygote

#: What the canary must have answered, in the order in which it is shown.
LAYERS = (
    "files of the server",
    "writing outside",
    "altering the input",
    "environment",
    "environment of others",
    "network, TCP",
    "network, UDP",
    "abstract socket",
    "socket file",
    "other processes",
    "signals to the server",
    "user",
    "capabilities",
    "new privileges",
    "file locks",
    "file watches",
    "key rings",
    "shared tables",
    "foreign system calls",
    "new namespaces",
    "foreign sockets",
    "tracing",
    "memory out of sight",
    "larger sockets",
    "processor shares",
    "paths beyond the list",
    "descriptors",
    "process limit",
    "memory limit",
)

#: What each level lets through; docs/security.md tells more, and names the cases of the gallery.
_GAPS = {
    "A": "Folds that run side by side can signal to each other (talk_by_futex, talk_by_pipes); "
    "DATABOARD_PARALLEL_FOLDS=1 ends that.",
    "B": "As at level A; but the zygote of a kit, and so its problem.py, holds capabilities inside the outer wall. "
    "A kit that starts threads gets a jail for each fold, of which three attacks get further (docs/security.md).",
    "B, single use": "Beside what level A lets through, marks on device nodes (leave_in_device_times) and counters "
    "of the machine (move_counters) carry messages, and files are bounded in bytes only (fill_inodes).",
    "none": "Submissions can read every file of this user and reach the network: only for code that you trust.",
}
#: There is no level below B: what Landlock, filters and limits hold without namespaces is not enough.
_NO_WALL = (
    "No jail can be started here, so no submission runs. Most often the machine gives this user no user "
    "namespaces. Allow them (Debian: sudo sysctl -w kernel.unprivileged_userns_clone=1; Ubuntu 24.04: an AppArmor "
    "profile for bwrap; else user.max_user_namespaces above 0), or start the worker as root. Filters and Landlock "
    "alone would not hold: processes that outlive their run, files and kernel objects left for the next fold, "
    "datagrams, signals to the server, what /proc tells of others."
)
_FIX = (
    "Move folders that are named here; for any other layer update kernel and bubblewrap "
    f"({bubblewrap.INSTALL_LINE}). Then see with fab jail_check."
)
_IN_CONTAINER = "In a container see docs/deploy.md: it lists the options that the engine needs."
_CAPPED = "Memory is capped by control groups."
_MEASURED = "Memory is measured ten times a second; control groups delegated to the worker would cap it."
_COPIED = "Runs are shown a copy in memory of the files that they share."
_ON_DISK = (
    "The folder /dev/shm has no room for a copy of the files that runs share. By the names that it looks for, a run "
    "that holds hidden rows can pass data to a later run (hunt_absent_names)."
)
_FOLDER_PREFIX = "databoard-canary-"
_CANARY, _PARTS = (
    "databoard.jail.self_check.canary",
    ("jail/self_check/canary.py", "jail/self_check/canary_calls.py", "jail/syscalls.py"),
)
_log = logging.getLogger(__name__)
_LIMITS = Limits(
    wall_time_s=20,
    cpu_time_s=20,
    memory_bytes=512 << 20,
    max_processes=200,
    disk_bytes=16 << 20,
    log_bytes=4096,
)


@dataclass(frozen=True)
class CheckReport:
    """What the canary found.

    Attributes
    ----------
    level : {"A", "B", "none"}
        A: every fold in a cell of its own within a warm jail. B: user namespaces do not nest here; the same cells, by
        a zygote that holds capabilities, or a jail for every fold. none: no isolation.
    is_warm : bool
        Whether the run was a cell of a zygote.
    """

    level: str
    layers: tuple[Layer, ...]
    is_warm: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """What an operator should know of this level, a sentence each."""
        if self.level == "none":
            return (_GAPS[self.level],)
        memory = _MEASURED if cgroups.delegated() is None else _CAPPED
        gaps = _GAPS[self.level if self.is_warm else "B, single use"]
        return gaps, memory, _COPIED if copy_of(bubblewrap.own_interpreter()) else _ON_DISK

    @property
    def is_closed(self) -> bool:
        """Whether every layer held."""
        return all(layer.is_closed for layer in self.layers)

    def raise_if_open(self, min_level: str = "B") -> None:
        """Raise :class:`JailError` that names the open layers, or tells that the level is too low."""
        names = [f"{layer.name} ({layer.detail})" for layer in self.layers if not layer.is_closed]
        if names:
            raise JailError(f"The jail is open, nothing untrusted may run: {'; '.join(names)}. {_FIX}")
        if self.level > min_level:  # A is the strongest
            raise JailError(
                f"Expected a jail of level {min_level}, got {self.level}: this machine does not allow "
                "nested user namespaces. Allow them (docs/security.md), or set "
                f"DATABOARD_JAIL_MIN_LEVEL={self.level}."
            )


def check(
    mode: str = "bubblewrap", *, hidden: tuple[Path, ...] = (), off: tuple[str, ...] = ()
) -> CheckReport:
    """Run the canary in a real jail, look at it from outside, and report on every layer.

    Takes about a second. In mode ``none`` most layers are open, and the report says so.

    Parameters
    ----------
    hidden : tuple of Path
        Folders that no run may see: what the server keeps, and the kits. Each is a layer, open when it lies in
        a folder that every run sees, whatever its file modes.
    off : tuple of str
        Layers of the inner wall to leave out: tests show with it that the check sees each of them.

    Raises
    ------
    JailError
        If the jail cannot be started at all.
    """
    with contextlib.ExitStack() as stack:
        target = SealedFile(json.dumps(_lay_out_targets(stack)).encode())
        look = _Look()
        level, report = _send_canary(mode, target, look, off)
    is_warm = look.cell is not None
    if not look.answers:
        raise JailError(
            f"The canary did not answer ({report.verdict}, {report.detail}): {report.log.strip()}\n{_IN_CONTAINER}"
        )
    layers = [_layer(name, look.answers.get(name)) for name in LAYERS]
    return CheckReport(level, (*layers, *look.seen, *(_hidden_layer(path, mode) for path in hidden)), is_warm)


class _Look:
    """Read what the canary answers and, while it waits, look at its process from outside."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.seen: tuple[Layer, ...] = ()
        self.cell: Cell | None = None
        self.zygote: Zygote | None = None

    def __call__(self, channel: Channel) -> Verdict:
        channel.start_clock()
        try:
            self.answers.update(json.loads(channel.read_line(max_bytes=1 << 16)))
        except ValueError as error:
            raise BadOutput(str(error)) from None
        if self.cell is not None and self.zygote is not None:
            self.seen = seen_from_outside(self.cell.root, self.zygote.root)
        return Verdict.ok


def _send_canary(mode: str, target: SealedFile, look: _Look, off: tuple[str, ...]) -> tuple[str, JailReport]:
    """Return the level reached and the report of the canary's run: in the warmest jail that the machine allows."""
    if mode != "bubblewrap":
        return "none", _run_cold(mode, target, look)
    bubblewrap.find_bwrap()
    for level, is_holding in (("A", False), ("B", True)):
        try:
            look.cell, look.zygote = cell, zygote = _make_cell(off, is_holding=is_holding)
        except JailError as error:
            refusal = error
            _log.warning("no cell at level %s on this machine: %s", level, error)
            continue
        try:
            return level, run_in(cell, reader=look, inputs=(target.descriptor,), limits=_LIMITS)
        finally:
            zygote.close()
    try:
        return "B", _run_cold(mode, target, look)
    except JailError:
        raise JailError(f"{_NO_WALL} It said: {refusal}") from refusal


def _make_cell(off: tuple[str, ...], *, is_holding: bool) -> tuple[Cell, Zygote]:
    recipe = Recipe(_CANARY, _PARTS, (), bubblewrap.own_interpreter())
    zygote = Zygote(recipe, (), is_holding=is_holding, off=off)
    try:
        return zygote.cell(_LIMITS), zygote
    except BaseException:
        zygote.close()
        raise


def _run_cold(mode: str, target: SealedFile, look: _Look) -> JailReport:
    return run(_CANARY, reader=look, parts=_PARTS, inputs=(target.descriptor,), limits=_LIMITS, mode=mode)


def _layer(name: str, answer: Any) -> Layer:
    if answer is None:
        return Layer(name, False, "did not answer")
    return Layer(name, answer[0] is True, str(answer[1]))


def _hidden_layer(path: Path, mode: str) -> Layer:
    shown = Path("/") if mode == "none" else bubblewrap.shown_with(path)
    detail = f"lies in {shown}, which every run sees; move it out" if shown else "absent inside"
    return Layer(f"folder {path}", shown is None, detail)


def _lay_out_targets(stack: contextlib.ExitStack) -> dict[str, object]:
    sweep(Path(tempfile.gettempdir()), _FOLDER_PREFIX)  # of a check whose process was killed
    folder = str(stack.enter_context(Scratch(Path(tempfile.gettempdir()), _FOLDER_PREFIX)))
    # Readable by everybody: file modes must not be what saves us.
    os.chmod(folder, 0o755)  # noqa: S103
    marker = secrets.token_hex(16)
    Path(folder, "secret").write_text(marker)
    os.environ["DATABOARD_CANARY"] = marker
    stack.callback(os.environ.pop, "DATABOARD_CANARY", None)
    _tell_in_environment(stack, marker)
    abstract = f"\0databoard-canary-{marker}"
    tcp = _listen(stack, socket.AF_INET, ("127.0.0.1", 0))
    _listen(stack, socket.AF_UNIX, abstract)
    # The name of a socket has 107 bytes at most, that of a temporary folder may have more.
    held = os.open(folder, os.O_PATH)
    stack.callback(os.close, held)
    _listen(stack, socket.AF_UNIX, f"/proc/self/fd/{held}/socket")
    return {
        "folder": folder, "secret_path": str(Path(folder, "secret")), "marker": marker, "abstract": abstract,
        "tcp_port": tcp.getsockname()[1], "server_pid": os.getpid(),
        "environment": sorted({*bubblewrap.ENVIRONMENT, "PWD", "LC_CTYPE"}),
        "process_limit": rlimits(_LIMITS)["RLIMIT_NPROC"],
    }  # fmt: skip


def _tell_in_environment(stack: contextlib.ExitStack, marker: str) -> None:
    """Keep a process of this user whose environment holds the marker; our own shows what it was started with."""
    command = [sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()"]
    environment = {**os.environ, "DATABOARD_CANARY": marker}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    stack.callback(process.wait)
    if process.stdin is not None:
        stack.callback(process.stdin.close)


def _listen(stack: contextlib.ExitStack, family: int, address: tuple[str, int] | str) -> socket.socket:
    listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
    listener.bind(address)
    listener.listen()
    return listener
