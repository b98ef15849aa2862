"""The first lines that run inside the jail: trusted code.

``python -I -B inside.py MODULE SETTINGS`` reads the settings from the descriptor SETTINGS, sets the limits that a
process can only set for itself, takes the inherited descriptors and calls ``MODULE.main(channel, inputs)``. Untrusted
code comes later, in the same process: nothing here is a secret, and nothing here is believed by the supervisor. It
finds one word as its command line, and streams that nobody has used.
"""

import contextlib
import ctypes
import importlib
import json
import mmap
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_NICENESS = 10
#: All that a run is told of how it was started.
_COMMAND = "python"
#: Where the words of the command line lie: fields of ``/proc/self/stat`` after the name (``proc(5)``).
_ARGUMENTS_START, _ARGUMENTS_END = 45, 46


def main() -> None:
    """Close the inner limits, then run the module."""
    module, settings = sys.argv[1], _settings(int(sys.argv[2]))
    with contextlib.suppress(OSError):  # without /proc
        _hide_command()
    open_streams()
    # -I leaves the folder of the package out of the path; the jail shows only the parts that are needed.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    if settings["is_unwalled"]:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _take_usual_signals()
    # The supervisor and the web server come first on a busy machine.
    os.nice(_NICENESS)
    for name, limit in settings["rlimits"].items():
        lower(getattr(resource, name), limit)
    for descriptor in (settings["channel"], *settings["inputs"]):
        os.set_inheritable(descriptor, False)
    if settings["is_run"]:
        from databoard.jail import landlock

        landlock.restrict_run(settings["prefixes"])
    channel = socket.socket(fileno=settings["channel"])
    importlib.import_module(module).main(channel, tuple(settings["inputs"]))


def open_streams() -> None:
    """Give this process streams of its own on descriptors 0, 1 and 2, as Python makes them at its start.

    Output goes line by line: what was printed before a crash is there.
    """
    kinds = (
        ("stdin", "r", "surrogateescape"),
        ("stdout", "w", "surrogateescape"),
        ("stderr", "w", "backslashreplace"),
    )
    for descriptor, (name, mode, errors) in enumerate(kinds):
        stream = open(descriptor, mode, buffering=1, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        stream.buffer.raw.name = f"<{name}>"  # type: ignore[attr-defined]  # a buffered stream over a FileIO
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _settings(descriptor: int) -> dict[str, Any]:
    with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as view:
        settings: dict[str, Any] = json.loads(bytes(view))
    os.close(descriptor)
    return settings


def _hide_command() -> None:
    """Leave one word of the command line, in Python and in ``/proc``; libraries read both."""
    sys.argv[:] = sys.orig_argv[:] = [_COMMAND]
    with open("/proc/self/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    start, end = int(fields[_ARGUMENTS_START]), int(fields[_ARGUMENTS_END])
    # The kernel shows the first string alone when the last byte of them all is not zero (setproctitle).
    ctypes.memmove(start, _COMMAND.encode().ljust(end - start - 1, b"\0") + b"x", end - start)


def _take_usual_signals() -> None:
    """Answer signals as any program does, however the worker was started: ``nohup`` and a shell's ``&`` hide some."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def lower(kind: int, limit: int) -> None:
    """Lower a limit of this process, hard and soft; never beyond what it was."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    main()
