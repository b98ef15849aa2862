"""Start one process behind the outer wall: by bubblewrap, from outside into its namespaces, or without any.

``--die-with-parent`` ends bubblewrap, and with it the run, when the worker dies; it is tied to the *thread* that
started the run, so that thread must stay until the end (it does: ``run`` is one call).

``bubblewrap`` has what a run may use, ``wall`` how it is ended.
"""

import contextlib
import json
import logging
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from databoard.errors import JailError
from databoard.jail import bubblewrap, processes, seccomp
from databoard.jail.channel import open_again
from databoard.jail.report import Interpreter, Limits
from databoard.jail.scratch import Scratch, sweep
from databoard.jail.sealed import SealedFile
from databoard.jail.uids import leased_uid
from databoard.jail.wall import Wall, rlimits

_log = logging.getLogger(__name__)

_FOLDER_PREFIX = "databoard-run-"
_STARTED_WITHIN_S = 10.0
#: Modes in which the inside raises further walls.
_NESTING = ("nesting", "holding")
_ENTER = str(bubblewrap.PACKAGE / "jail" / "enter.py")


@contextlib.contextmanager
def raised(
    module: str,
    *,
    parts: tuple[str, ...],
    inputs: tuple[int, ...],
    channel: int,
    output: int,
    limits: Limits,
    mode: str,
    interpreter: Interpreter,
) -> Iterator[Wall]:
    """Run ``module`` behind the wall; yield the :class:`Wall`; on leaving kill all of it.

    Parameters
    ----------
    parts : tuple of str
        What of the package is shown inside.
    mode : {"bubblewrap", "nesting", "holding", "none"}
        A run; a zygote that makes user namespaces itself; one that keeps capabilities for its cells; no wall.
    inputs : tuple of int
        Descriptors to hand over; each gets a file position of its own.
    channel, output : int
        Descriptors of the inside's end of the channel, and of its standard output and error.
    """
    with contextlib.ExitStack() as stack:
        copies = tuple(_kept(stack, open_again(descriptor)) for descriptor in inputs)
        # By descriptor, so that they are not on the command line that the inside can read.
        settings = SealedFile(json.dumps({
            "channel": channel, "inputs": copies, "is_unwalled": mode == "none",
            "rlimits": {} if mode in _NESTING else rlimits(limits), "is_run": mode == "bubblewrap",
            "prefixes": interpreter.prefixes,
        }).encode())  # fmt: skip
        is_entered = mode == "holding" and os.geteuid() != 0
        start = _start_plain if mode == "none" else _start_entered if is_entered else _start_walled
        wall = start(
            stack,
            (interpreter, module, str(settings.descriptor)),
            parts=parts,
            limits=limits,
            output=output,
            passed=(channel, settings.descriptor, *copies),
            mode=mode,
        )
        stack.callback(wall.close)
        stack.callback(wall.kill)
        yield wall


def _start_walled(
    stack: contextlib.ExitStack,
    program: tuple[Interpreter, str, str],
    *,
    parts: tuple[str, ...],
    limits: Limits,
    output: int,
    passed: tuple[int, ...],
    mode: str,
) -> Wall:
    interpreter, module, settings = program
    python = bubblewrap.executable_of(interpreter)
    inside = [python, "-I", "-B", str(bubblewrap.INSIDE), module, settings]
    return _bubblewrapped(
        stack, inside, interpreter, parts=parts, limits=limits, output=output, passed=passed, mode=mode
    )


def _bubblewrapped(
    stack: contextlib.ExitStack,
    inside: Sequence[str],
    interpreter: Interpreter,
    *,
    parts: tuple[str, ...],
    limits: Limits,
    output: int,
    passed: tuple[int, ...],
    mode: str,
) -> Wall:
    is_nesting, is_holding = mode in _NESTING, mode == "holding"
    uid = stack.enter_context(leased_uid()) if os.geteuid() == 0 else bubblewrap.USER_ID
    texts = {path: SealedFile(text.encode()) for path, text in bubblewrap.texts(uid).items()}
    written = {path: sealed.descriptor for path, sealed in texts.items()}
    words = bubblewrap.options(
        parts, limits, interpreter, texts=written, is_nesting=is_nesting, is_holding=is_holding
    )
    options = SealedFile("\0".join(words).encode())
    # A nesting inside needs some of the calls that a run has no use for; its cells load the rest themselves.
    call_filter = seccomp.program() if is_nesting else seccomp.whole_program()
    calls = [SealedFile(call_filter)] if call_filter else []
    info_read, info_write = os.pipe()
    stack.callback(os.close, info_read)
    # The options go by descriptor, so that they are not on the command line that the inside can read.
    command = [bubblewrap.find_bwrap(), "--args", str(options.descriptor), "--info-fd", str(info_write)]
    command += [word for sealed in calls for word in ("--seccomp", str(sealed.descriptor))]
    command.append("--")
    if os.geteuid() == 0:
        command += bubblewrap.drop_privileges(uid, is_nesting=is_nesting, is_holding=is_holding)
    own = (info_write, *(sealed.descriptor for sealed in (options, *calls, *texts.values())))
    try:
        process = _popen([*command, *inside], output, passed=(*own, *passed), env={}, cwd="/")
    finally:
        os.close(info_write)
    root = _first_process(info_read, process)
    return Wall(process, root=root, is_root_counted=False, root_pidfd=os.pidfd_open(root), parent=root)


def _start_entered(
    stack: contextlib.ExitStack,
    program: tuple[Interpreter, str, str],
    *,
    parts: tuple[str, ...],
    limits: Limits,
    output: int,
    passed: tuple[int, ...],
    mode: str,
) -> Wall:
    """Start bubblewrap with a sleeper inside, and the program outside: it enters, with a capability (``enter``)."""
    interpreter, module, settings = program
    ready_read, ready_write = os.pipe()
    stack.callback(os.close, ready_read)
    try:
        held = _bubblewrapped(
            stack, bubblewrap.SLEEPER, interpreter, parts=parts, limits=limits, output=ready_write, passed=(),
            mode=mode,
        )  # fmt: skip
    finally:
        os.close(ready_write)
    stack.callback(held.close)
    stack.callback(held.kill)
    line = _first_line(ready_read)
    if line != b"\n":  # the sleeper's is empty; what bubblewrap complains of comes here too
        raise JailError(f"bubblewrap could not start: {line.decode(errors='replace').strip() or 'no word'}")
    sleeper = os.pidfd_open(processes.tree_of(held.root, is_root_counted=False).pids[0])
    stack.callback(os.close, sleeper)
    call_filter = SealedFile(seccomp.program() or b"")
    python = bubblewrap.executable_of(interpreter)
    request = SealedFile(json.dumps({
        "sleeper": sleeper, "filter": call_filter.descriptor, "environment": bubblewrap.ENVIRONMENT,
        "command": [python, "-I", "-B", str(bubblewrap.INSIDE), module, settings], "passed": passed,
    }).encode())  # fmt: skip
    command = [sys.executable, "-I", "-S", "-B", _ENTER, str(request.descriptor)]
    own = (request.descriptor, call_filter.descriptor, sleeper)
    process = _popen(command, output, passed=(*own, *passed), env={}, cwd="/")
    root_pidfd = None if held.root_pidfd is None else os.dup(held.root_pidfd)
    return Wall(process, root=held.root, is_root_counted=False, root_pidfd=root_pidfd, parent=process.pid)


def _first_line(descriptor: int) -> bytes:
    line = b""
    while not line.endswith(b"\n") and select.select([descriptor], [], [], _STARTED_WITHIN_S)[0]:
        part = os.read(descriptor, 1024)
        if not part:
            break
        line += part
    return line


def _start_plain(
    stack: contextlib.ExitStack,
    program: tuple[Interpreter, str, str],
    *,
    parts: tuple[str, ...],
    limits: Limits,
    output: int,
    passed: tuple[int, ...],
    mode: str,
) -> Wall:
    interpreter, module, settings = program
    _log.warning("DATABOARD_JAIL=none: untrusted code runs WITHOUT isolation, as the user of this server")
    parent = Path(tempfile.gettempdir())
    sweep(parent, _FOLDER_PREFIX)  # of runs whose worker was killed
    folder = str(stack.enter_context(Scratch(parent, _FOLDER_PREFIX)))
    environment = bubblewrap.ENVIRONMENT | {"HOME": folder, "TMPDIR": folder}
    inside = bubblewrap.PACKAGE / "jail" / "inside.py"
    command = [interpreter.executable, "-I", "-B", str(inside), module, settings]
    process = _popen(command, output, passed=passed, env=environment, cwd=folder, start_new_session=True)
    return Wall(process, root=process.pid, is_root_counted=True, root_pidfd=None, parent=process.pid)


def _popen(
    command: list[str], output: int, *, passed: tuple[int, ...], **options: Any
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=passed, **options
    )


def _first_process(info_read: int, process: "subprocess.Popen[bytes]") -> int:
    """Return the first process of the new namespace; bubblewrap writes its number piece by piece."""
    text, deadline = b"", time.monotonic() + _STARTED_WITHIN_S
    while select.select([info_read], [], [], max(deadline - time.monotonic(), 0))[0]:
        piece = os.read(info_read, 4096)
        text += piece
        if match := re.search(rb'"child-pid"\s*:\s*(\d+)\s*[,}]', text):
            return int(match[1])
        if not piece:
            break
    # Its child hears of the parent's death only when it is set up; before that it would wait for ever.
    for pid in processes.tree_of(process.pid, is_root_counted=True).pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    raise JailError(
        f"bubblewrap could not start (status {process.returncode}); run `fab jail_check` for the reason."
    )


def _kept(stack: contextlib.ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor
