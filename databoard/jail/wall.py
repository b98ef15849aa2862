"""Start one process behind the wall, and end all of it.

With bubblewrap a run lives in its own process namespace: killing the namespace's first process kills
everything in it, at once, whatever it forked or renamed. The kernel lets that process go only when the last
of the others is gone, so waiting for it proves that nothing survived. ``--die-with-parent`` does the same
when the worker itself dies; it is tied to the *thread* that started the run, so that thread must stay until
the end (it does: ``run`` is one call).

Mode ``none`` is a plain process group with limits, for trusted laptops: a process that leaves the group
survives.
"""

import contextlib
import json
import logging
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from databoard.errors import JailError
from databoard.jail import bubblewrap, processes, seccomp
from databoard.jail.channel import open_again
from databoard.jail.report import Interpreter, Limits
from databoard.jail.scratch import Scratch, sweep
from databoard.jail.sealed import SealedFile
from databoard.jail.uids import leased_uid

_log = logging.getLogger(__name__)

_FOLDER_PREFIX = "databoard-run-"
#: Address space beyond the memory limit: libraries map much more than they touch.
ADDRESS_SLACK_BYTES = 1 << 30
#: Imports before untrusted code starts count for the processor limit of a process; give them back.
START_CPU_S = 30
#: Longest from the kill to the end of the last process: dozens of them on one share of a very busy machine take ten
#: seconds and more, and that is no fault of the jail.
GONE_WITHIN_S = 60.0
_STARTED_WITHIN_S = 10.0


@dataclass
class Wall:
    """A running process tree.

    Attributes
    ----------
    root : int
        The process whose descendants are the run.
    is_root_counted : bool
        Whether that process is itself part of the run.
    cpu_time_s, max_rss_bytes, status :
        Known after ``kill``: processor time and largest process of the tree, exit status of the main
        process.
    """

    process: subprocess.Popen
    root: int
    is_root_counted: bool
    root_pidfd: int | None
    cpu_time_s: float = 0.0
    max_rss_bytes: int = 0
    status: int | None = None
    is_killed: bool = False

    def has_ended(self) -> bool:
        """Return whether the main process has ended by itself."""
        if self.status is None:
            self._reap(os.WNOHANG)
        return self.status is not None

    def kill(self) -> None:
        """Kill the whole tree and wait until it is gone.

        Raises
        ------
        JailError
            If something is still alive after a minute.
        """
        if self.is_killed:
            return
        self.is_killed = True
        if self.root_pidfd is None:
            self._kill_group()
        else:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.root_pidfd, signal.SIGKILL)
        deadline = time.monotonic() + GONE_WITHIN_S
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(0.002)
        if self.status is None or not self._is_root_gone(deadline):
            self.process.kill()
            raise JailError(f"A jailed run (process {self.process.pid}) did not end when it was killed.")

    def close(self) -> None:
        """Give the descriptors back."""
        if self.root_pidfd is not None:
            os.close(self.root_pidfd)

    def _kill_group(self) -> None:
        pids = processes.tree_of(self.root, is_root_counted=True).pids
        for kill, target in ((os.killpg, self.root), *((os.kill, pid) for pid in pids)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(target, signal.SIGKILL)

    def _is_root_gone(self, deadline: float) -> bool:
        if self.root_pidfd is None:
            return True
        return bool(select.select([self.root_pidfd], [], [], max(deadline - time.monotonic(), 0.1))[0])

    def _reap(self, flags: int) -> None:
        try:
            pid, status, usage = os.wait4(self.process.pid, flags)
        except ChildProcessError:  # another thread took it a moment ago and is about to write it down
            return
        if pid:
            self.status = self.process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu_time_s = usage.ru_utime + usage.ru_stime
            self.max_rss_bytes = usage.ru_maxrss * 1024


@contextlib.contextmanager
def raised(
    module: str,
    *,
    parts,
    inputs,
    channel: int,
    output: int,
    limits: Limits,
    mode: str,
    interpreter: Interpreter,
):
    """Run ``module`` behind the wall; yield the :class:`Wall`; on leaving kill all of it.

    Parameters
    ----------
    parts : tuple of str
        What of the package is shown inside.
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
            "rlimits": {} if mode == "nesting" else rlimits(limits), "is_run": mode == "bubblewrap",
            "prefixes": interpreter.prefixes,
        }).encode())  # fmt: skip
        start = _start_plain if mode == "none" else _start_walled
        wall = start(
            stack,
            (interpreter, module, str(settings.descriptor)),
            parts=parts,
            limits=limits,
            output=output,
            passed=(channel, settings.descriptor, *copies),
            is_nesting=mode == "nesting",
        )
        stack.callback(wall.close)
        stack.callback(wall.kill)
        yield wall


def _start_walled(stack, program, *, parts, limits, output, passed, is_nesting) -> Wall:
    interpreter, module, settings = program
    uid = stack.enter_context(leased_uid()) if os.geteuid() == 0 else bubblewrap.USER_ID
    texts = {path: SealedFile(text.encode()) for path, text in bubblewrap.texts(uid).items()}
    written = {path: sealed.descriptor for path, sealed in texts.items()}
    words = bubblewrap.options(parts, limits, interpreter, texts=written, is_nesting=is_nesting)
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
        command += bubblewrap.drop_privileges(uid, is_nesting=is_nesting)
    python = bubblewrap.executable_of(interpreter)
    command += [python, "-I", "-B", str(bubblewrap.INSIDE), module, settings]
    own = (info_write, *(sealed.descriptor for sealed in (options, *calls, *texts.values())))
    try:
        process = _popen(command, output, passed=(*own, *passed), env={}, cwd="/")
    finally:
        os.close(info_write)
    root = _first_process(info_read, process)
    return Wall(process, root=root, is_root_counted=False, root_pidfd=os.pidfd_open(root))


def _start_plain(stack, program, *, parts, limits, output, passed, is_nesting) -> Wall:
    interpreter, module, settings = program
    _log.warning("DATABOARD_JAIL=none: untrusted code runs WITHOUT isolation, as the user of this server")
    parent = Path(tempfile.gettempdir())
    sweep(parent, _FOLDER_PREFIX)  # of runs whose worker was killed
    folder = str(stack.enter_context(Scratch(parent, _FOLDER_PREFIX)))
    environment = bubblewrap.ENVIRONMENT | {"HOME": folder, "TMPDIR": folder}
    inside = bubblewrap.PACKAGE / "jail" / "inside.py"
    command = [interpreter.executable, "-I", "-B", str(inside), module, settings]
    process = _popen(command, output, passed=passed, env=environment, cwd=folder, start_new_session=True)
    return Wall(process, root=process.pid, is_root_counted=True, root_pidfd=None)


def _popen(command, output, *, passed, **options) -> subprocess.Popen:
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=passed, **options
    )


def _first_process(info_read: int, process: subprocess.Popen) -> int:
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


def rlimits(limits: Limits) -> dict[str, int]:
    """Return the limits that each process of a run gets, by the kernel's names."""
    cpu_s = int(limits.cpu_time_s) + START_CPU_S
    return {
        "RLIMIT_AS": limits.memory_bytes + ADDRESS_SLACK_BYTES,
        "RLIMIT_CPU": cpu_s,
        # The kernel counts threads too, so this is looser; the watchdog counts processes, exactly.
        "RLIMIT_NPROC": 2 * limits.max_processes + 16,
        "RLIMIT_FSIZE": limits.file_size_bytes,
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CORE": 0,
        # Counted for each run alone while the zygote's own limit, counted for all of them, is much higher.
        "RLIMIT_SIGPENDING": 1024,
        # However the worker was started: no run comes before others.
        "RLIMIT_NICE": 0,
        "RLIMIT_RTPRIO": 0,
    }


def _kept(stack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor
