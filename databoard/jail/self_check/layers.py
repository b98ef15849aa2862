"""Look at a run from outside: which layers the kernel says it has. Trusts nothing that the inside reports."""

import os
from dataclasses import dataclass

from databoard.errors import JailError
from databoard.jail import processes

NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts")
_N_FILTERS = 2  # that of the outer wall, that of the inner


@dataclass(frozen=True)
class Layer:
    """One thing that untrusted code must not be able to do, or one wall that it must be behind."""

    name: str
    is_closed: bool
    detail: str


def seen_from_outside(init: int, zygote: int) -> tuple[Layer, ...]:
    """Return what the kernel tells of a run.

    Parameters
    ----------
    init : int
        The first process of the run's namespace; the run itself is its child.
    zygote : int
        The process whose fork it is.

    Raises
    ------
    JailError
        If there is no run to look at.
    """
    pids = processes.tree_of(init, is_root_counted=False).pids
    if not pids:
        raise JailError("The canary ended before anybody could look at it.")
    status = _status(pids[0])
    held = {name: int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")}
    n_filters = int(status.get("Seccomp_filters", _N_FILTERS))
    return (
        *(_namespace(kind, pids[0], zygote, status) for kind in NAMESPACES),
        Layer("no capability, seen from outside", not any(held.values()), str(held)),
        Layer(
            "filters, seen from outside",
            status["Seccomp"] == "2" and n_filters >= _N_FILTERS,
            f"{n_filters} of {_N_FILTERS}",
        ),
        Layer("no new privileges, seen from outside", status["NoNewPrivs"] == "1", status["NoNewPrivs"]),
    )


def _namespace(kind: str, run: int, zygote: int, status: dict[str, str]) -> Layer:
    own, theirs = (os.readlink(f"/proc/{pid}/ns/{kind}") for pid in (run, zygote))
    if own == theirs and kind == "user" and not _ids(status) & _ids(_status(zygote)):
        return Layer(
            f"own {kind} namespace", True, f"a user id of its own instead: {status['Uid'].split()[0]}"
        )
    return Layer(f"own {kind} namespace", own != theirs, "shared with other runs" if own == theirs else own)


def _ids(status: dict[str, str]) -> set[str]:
    return {*status["Uid"].split(), *status["Gid"].split()}


def _status(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
