"""The first lines that run inside the jail, still ours.

``python -I -B inside.py MODULE SETTINGS`` sets the limits that a process can only set for itself, takes the
inherited descriptors and calls ``MODULE.main(channel, inputs)``. Untrusted code comes later, in the same
process: nothing here is a secret, and nothing here is believed by the supervisor.
"""

import ctypes
import importlib
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_NICENESS = 10


def main() -> None:
    """Close the inner limits, then run the module."""
    module, settings = sys.argv[1], json.loads(sys.argv[2])
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


def _take_usual_signals() -> None:
    """Answer signals as any program does, however the worker was started: ``nohup`` and a shell's ``&`` hide some."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
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
