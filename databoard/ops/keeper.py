"""Keep the web server and the workers of the current release running, and change releases without a refused request.

``fab run_services`` calls it, a systemd unit or a person starts that. The keeper holds the listening socket. On
SIGHUP it starts the web server of the release that the link names now, on the same socket. When that one answers, the
old one gets SIGTERM and finishes its requests. When it does not, the old one stays. Each worker then finishes its job
and is started again from the new release. SIGUSR1 does the same and leaves the workers alone. SIGTERM ends everything
in the same way; a second SIGTERM hands jobs back.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from databoard.errors import RuleError
from databoard.ops import keeper_status
from databoard.ops.serve import end_group, end_with_parent, wait_for_port

if TYPE_CHECKING:
    from config import Config

ROOT = Path(__file__).resolve().parents[2]
#: A new web server must answer within so many seconds.
READY_WITHIN_S = 60
#: Pauses before a process that ended by itself is started again.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1, 60
TICK_S = 0.1


def keep(config: "Config", *, n_workers: int, link: Path | None = None) -> None:
    """Run the services until SIGTERM or SIGINT.

    Parameters
    ----------
    n_workers : int
        Training workers; 0 where other units run them.
    link : Path, optional
        The folder of the current release, by default that of this code.

    Raises
    ------
    RuleError
        If the port is in use, or the first web server does not start.
    """
    link = link or current_link()
    listener = inherited_socket() or open_socket(config)
    keeper = _Keeper(config, listener, link, n_workers)
    previous = {
        number: signal.signal(number, keeper.hear)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
    }
    try:
        keeper.run()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        keeper_status.remove(config.home)
        listener.close()


def current_link() -> Path:
    """Return the link that names the current release, or this folder where there are no releases."""
    return ROOT.parents[1] / "current" if ROOT.parent.name == "releases" else ROOT


def release_python(release: Path) -> str:
    """Return the Python of a release; this one where it has none of its own."""
    own = release / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def inherited_socket() -> socket.socket | None:
    """Return the socket that systemd opened for this process (sd_listen_fds(3)), if there is one."""
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()) or os.environ.pop("LISTEN_FDS", "0") == "0":
        return None
    return socket.socket(fileno=3)


def open_socket(config: "Config") -> socket.socket:
    """Listen where `config` says."""
    wait_for_port(config.host, config.port)
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    return socket.create_server((config.host.strip("[]"), config.port), family=family, backlog=2048)


class _Web:
    """The web server that answers now, and those that finish their last requests."""

    def __init__(self, listener: socket.socket, link: Path) -> None:
        self._listener, self._link = listener, link
        self._leaving: list[subprocess.Popen[bytes]] = []
        self.popen: subprocess.Popen[bytes] | None = None
        self.release = ""

    def take_over(self) -> str:
        """Start the server of the current release and end the old one; return why not, or nothing."""
        release = self._link.resolve()
        popen, ready = self._launch(release)
        why = _await_ready(popen, ready)
        os.close(ready)
        if why:
            popen.terminate()
            self._leaving.append(popen)
            return f"{release.name}: {why}"
        if self.popen is not None:
            self.popen.terminate()
            self._leaving.append(self.popen)
        self.popen, self.release = popen, release.name
        return ""

    def _launch(self, release: Path) -> tuple["subprocess.Popen[bytes]", int]:
        ready, write_end = os.pipe()
        number = self._listener.fileno()
        words = [release_python(release), "-m", "databoard.ops.web_process", str(number), str(write_end)]
        try:
            popen = subprocess.Popen(
                words,
                cwd=release,
                pass_fds=(number, write_end),
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        finally:
            os.close(write_end)
        return popen, ready

    def has_ended(self) -> bool:
        """Return whether the server that should answer has ended."""
        return self.popen is not None and self.popen.poll() is not None

    def clear(self) -> None:
        """Forget the servers that have left, with what is left of their groups."""
        for popen in [popen for popen in self._leaving if popen.poll() is not None]:
            end_group(popen)
            self._leaving.remove(popen)

    def end(self) -> None:
        for popen in (self.popen, *self._leaving):
            if popen is not None and popen.poll() is None:
                popen.terminate()

    def is_gone(self) -> bool:
        return all(popen is None or popen.poll() is not None for popen in (self.popen, *self._leaving))


class _Worker:
    """A training worker that runs, and runs again from the current release when it has ended."""

    def __init__(self, link: Path) -> None:
        self._link, self._pause_s, self._start_at_s = link, FIRST_PAUSE_S, 0.0
        self._is_draining = False
        self.start()

    def start(self) -> None:
        release = self._link.resolve()
        words = [release_python(release), "-m", "fabric", "worker"]
        self.popen = subprocess.Popen(words, cwd=release, start_new_session=True, preexec_fn=end_with_parent)
        self._is_draining, self._start_at_s = False, 0.0

    def drain(self) -> None:
        """Let it finish its job; the next one runs the current release. Asking twice is asking once."""
        if not self._is_draining and self.popen.poll() is None:
            self._is_draining = True
            self.popen.terminate()

    def hand_back(self) -> None:
        """Let it give its job back to the queue and end."""
        if self.popen.poll() is None:
            self.popen.terminate()

    def look(self) -> None:
        """Start it again when it has ended: at once after its last job, else after a pause that doubles."""
        if self.popen.poll() is None:
            return
        if self._start_at_s == 0.0:
            end_group(self.popen)
            self._start_at_s = time.monotonic() + (
                0 if self._is_draining or self.popen.returncode == 0 else self._pause_s
            )
            self._pause_s = FIRST_PAUSE_S if self._is_draining else min(LONGEST_PAUSE_S, 2 * self._pause_s)
        if time.monotonic() >= self._start_at_s:
            self.start()


class _Keeper:
    def __init__(self, config: "Config", listener: socket.socket, link: Path, n_workers: int) -> None:
        self._config, self._web = config, _Web(listener, link)
        self._link, self._n_workers = link, n_workers
        self._n_asked = self._n_answered = self._n_ends = 0
        self._is_web_only = True
        self._try_at_s = 0.0

    def hear(self, number: int, frame: FrameType | None) -> None:
        if number in (signal.SIGHUP, signal.SIGUSR1):
            self._n_asked += 1
            self._is_web_only = self._is_web_only and number == signal.SIGUSR1
        else:
            self._n_ends += 1

    def run(self) -> None:
        """Start everything, watch it until the end is asked for, then end it."""
        if why := self._web.take_over():
            raise RuleError(f"Expected the web server to start, did not: {why}")
        workers = [_Worker(self._link) for _ in range(self._n_workers)]
        self._say("")
        print(f"Release {self._web.release} answers on port {self._config.port}.", flush=True)
        while not self._n_ends:
            if self._n_asked > self._n_answered:
                self._change_release(workers)
            self._watch(workers)
            time.sleep(TICK_S)
        self._end(workers)

    def _change_release(self, workers: list[_Worker]) -> None:
        n_asked = self._n_asked
        is_web_only, self._is_web_only = self._is_web_only, True
        why = self._web.take_over()
        self._n_answered = n_asked
        if why:
            print(f"The release is not changed. {why}", file=sys.stderr, flush=True)
        elif not is_web_only:
            for worker in workers:
                worker.drain()
        self._say(why)

    def _watch(self, workers: list[_Worker]) -> None:
        self._web.clear()
        if self._web.has_ended() and time.monotonic() >= self._try_at_s:
            print("The web server ended by itself; it starts again.", file=sys.stderr, flush=True)
            why = self._web.take_over()
            if why:  # the database may be away: try again for as long as it takes
                print(f"It does not start yet. {why}", file=sys.stderr, flush=True)
                self._try_at_s = time.monotonic() + LONGEST_PAUSE_S / 6
            self._say(why)
        for worker in workers:
            worker.look()

    def _say(self, why: str) -> None:
        keeper_status.write(
            self._config.home,
            keeper_status.KeeperStatus(os.getpid(), self._web.release, self._n_answered, why),
        )

    def _end(self, workers: list[_Worker]) -> None:
        """Let all finish; a second signal makes the workers hand back their jobs."""
        self._web.end()
        for worker in workers:
            worker.drain()
        n_heard = self._n_ends
        while not self._web.is_gone() or any(worker.popen.poll() is None for worker in workers):
            if self._n_ends > n_heard:
                n_heard = self._n_ends
                for worker in workers:
                    worker.hand_back()
            time.sleep(TICK_S)
        for popen in (self._web.popen, *(worker.popen for worker in workers)):
            if popen is not None:
                end_group(popen)


def _await_ready(popen: "subprocess.Popen[bytes]", ready: int) -> str:
    """Wait until one process of a web server answers; return why it does not, or nothing."""
    deadline_s = time.monotonic() + READY_WITHIN_S
    os.set_blocking(ready, False)
    while time.monotonic() < deadline_s:
        with suppress(BlockingIOError):
            if os.read(ready, 1):
                return ""
        if popen.poll() is not None:
            return f"the web server ended with exit code {popen.returncode}; its log says why"
        time.sleep(TICK_S / 2)
    return f"the web server did not answer within {READY_WITHIN_S} s"
