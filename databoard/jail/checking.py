"""Prove the wall by trying to climb it: ``fab jail_check``, and every start of a worker.

Nothing here reasons about kernels or versions. A canary of ours runs in a real jail and attempts what must
fail, against targets that this process lays out: a readable secret file, listening sockets, its own
process. A layer that is open, *or that did not answer*, fails the check. The first prototype took silence
for safety.
"""

import contextlib
import json
import os
import secrets
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from databoard.errors import JailError
from databoard.jail import bubblewrap
from databoard.jail.report import BadOutput, Limits, Verdict
from databoard.jail.sealed import SealedFile
from databoard.jail.supervisor import run

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
    "foreign system calls",
    "descriptors",
    "process limit",
    "memory limit",
)

_LIMITS = Limits(
    wall_time_s=20,
    cpu_time_s=20,
    memory_bytes=512 << 20,
    max_processes=200,
    disk_bytes=16 << 20,
    log_bytes=4096,
)


@dataclass(frozen=True)
class Layer:
    """One thing that untrusted code must not be able to do."""

    name: str
    is_closed: bool
    detail: str


@dataclass(frozen=True)
class CheckReport:
    """What the canary found.

    Attributes
    ----------
    level : str
        See :func:`level`.
    """

    level: str
    layers: tuple[Layer, ...]

    @property
    def is_closed(self) -> bool:
        """Whether every layer held."""
        return all(layer.is_closed for layer in self.layers)

    def raise_if_open(self) -> None:
        """Raise :class:`JailError` that names the open layers, when there are any."""
        names = [f"{layer.name} ({layer.detail})" for layer in self.layers if not layer.is_closed]
        if names:
            raise JailError(f"The jail is open, nothing untrusted may run: {'; '.join(names)}.")


def level(mode: str = "bubblewrap") -> str:
    """Return which wall a run gets: ``bubblewrap`` or ``none``.

    Raises
    ------
    JailError
        If bubblewrap is wanted and missing.
    """
    if mode == "bubblewrap":
        bubblewrap.find_bwrap()
    return mode


def check(mode: str = "bubblewrap", *, hidden: tuple[Path, ...] = ()) -> CheckReport:
    """Run the canary in a real jail and report on every layer.

    Takes about half a second. In mode ``none`` most layers are open, and the report says so.

    Parameters
    ----------
    hidden : tuple of Path
        Folders that no run may see: what the server keeps, and the kits. Each is a layer, open when it lies in
        a folder that every run sees, whatever its file modes.

    Raises
    ------
    JailError
        If the jail cannot be started at all.
    """
    answers: dict = {}

    def read(channel):
        channel.start_clock()
        try:
            answers.update(json.loads(channel.read_line(max_bytes=1 << 16)))
        except ValueError as error:
            raise BadOutput(str(error)) from None
        return Verdict.ok

    with contextlib.ExitStack() as stack:
        target = SealedFile(json.dumps(_lay_out_targets(stack)).encode())
        report = run(
            "databoard.jail.canary", reader=read, parts=("jail/canary.py", "jail/syscalls.py"),
            inputs=(target.descriptor,), limits=_LIMITS, mode=mode)  # fmt: skip
    if not answers:
        raise JailError(
            f"The canary did not answer ({report.verdict}, {report.detail}): {report.log.strip()}"
        )
    layers = [_layer(name, answers.get(name)) for name in LAYERS]
    return CheckReport(level(mode), (*layers, *(_hidden_layer(path, mode) for path in hidden)))


def _layer(name: str, answer) -> Layer:
    if answer is None:
        return Layer(name, False, "did not answer")
    return Layer(name, answer[0] is True, str(answer[1]))


def _hidden_layer(path: Path, mode: str) -> Layer:
    shown = Path("/") if mode == "none" else bubblewrap.shown_with(path)
    detail = f"lies in {shown}, which every run sees; move it out" if shown else "absent inside"
    return Layer(f"folder {path}", shown is None, detail)


def _lay_out_targets(stack) -> dict:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="databoard-canary-"))
    # Readable by everybody: file modes must not be what saves us.
    os.chmod(folder, 0o755)  # noqa: S103
    marker = secrets.token_hex(16)
    Path(folder, "secret").write_text(marker)
    os.environ["DATABOARD_CANARY"] = marker
    stack.callback(os.environ.pop, "DATABOARD_CANARY", None)
    abstract, socket_path = f"\0databoard-canary-{marker}", str(Path(folder, "socket"))
    tcp = _listen(stack, socket.AF_INET, ("127.0.0.1", 0))
    _listen(stack, socket.AF_UNIX, abstract)
    _listen(stack, socket.AF_UNIX, socket_path)
    return {
        "folder": folder, "secret_path": str(Path(folder, "secret")), "marker": marker, "abstract": abstract,
        "socket_path": socket_path, "tcp_port": tcp.getsockname()[1], "server_pid": os.getpid(),
        "environment": sorted({*bubblewrap.ENVIRONMENT, "PWD", "LC_CTYPE"}),
    }  # fmt: skip


def _listen(stack, family, address) -> socket.socket:
    listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
    listener.bind(address)
    listener.listen()
    return listener
