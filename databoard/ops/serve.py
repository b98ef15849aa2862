"""Run the web server, and in development the training worker beside it; one Ctrl-C ends both cleanly."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ..services.database import make_engine
from . import schema
from .reach import reach

ROOT = Path(__file__).resolve().parents[2]
#: After the first SIGTERM a worker finishes its job; after the second it hands it back.
PATIENCE_S = (10, 20)


def serve(config, *, port: int | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM, or until the web server ends; return the exit code.

    Parameters
    ----------
    config : config.Config
    port : int, optional
        Instead of the configured one.

    Raises
    ------
    RuleError
        If the database is not at this code's revision.
    """
    engine = make_engine(config.db_url)
    schema.require_current(engine)
    engine.dispose()
    port = port or config.port
    commands = [web_command(config, port)]
    if not config.is_production:
        commands.append([sys.executable, "-m", "fabric", "worker"])
    environment = {**os.environ, "DATABOARD_PORT": str(port)}
    processes: list[_Process] = []
    with _signals_as_exit():
        try:
            for command in commands:
                processes.append(_Process(command, environment))
            print(f"Databoard is at {reach(config.host, port)}. Ctrl-C ends it.", flush=True)
            return _watch(*processes)
        except SystemExit:
            return 0
        finally:
            _end([process.popen for process in processes])


def web_command(config, port: int) -> list[str]:
    """Return the gunicorn command line."""
    options = (
        f"--bind {config.host}:{port} --workers {config.web_workers} --worker-class gthread --threads 4 --timeout 60 "
        "--max-requests 10000 --max-requests-jitter 1000 --log-level warning"
    )
    return [sys.executable, "-m", "gunicorn", *options.split(), "manage:application()"]


def _end_with_parent() -> None:
    """On Linux, let the kernel end this process when its parent dies, also by SIGKILL (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class _Process:
    """A command that runs, and runs again when asked to; its pauses double from 1 s to a minute."""

    def __init__(self, command: list[str], environment: dict[str, str]):
        self.command, self._environment, self._pause_s, self._start_at = command, environment, 1, 0.0
        self.start()

    def start(self) -> None:
        # A session of its own: the terminal's Ctrl-C reaches us alone, and we end the processes in order.
        self.popen = subprocess.Popen(
            self.command, cwd=ROOT, env=self._environment, start_new_session=True, preexec_fn=_end_with_parent
        )

    def start_again_when_due(self) -> None:
        """Start a command that has ended, after a pause."""
        if not self._start_at:
            print(f"The worker ended; it starts again in {self._pause_s} s.", file=sys.stderr, flush=True)
            self._start_at = time.monotonic() + self._pause_s
            self._pause_s = min(60, 2 * self._pause_s)
        elif time.monotonic() >= self._start_at:
            self._start_at = 0.0
            self.start()


def _watch(web: _Process, *workers: _Process) -> int:
    """Wait until the web server ends and return its exit code; a worker that ends is started again."""
    while (code := web.popen.poll()) is None:
        for worker in workers:
            if worker.popen.poll() is not None:
                worker.start_again_when_due()
        time.sleep(0.2)
    print(f"The web server ended with exit code {code}.", file=sys.stderr)
    return code or 1


def _end(processes: list[subprocess.Popen]) -> None:
    """Ask every process to finish its work, ask again, then insist."""
    for patience_s in PATIENCE_S:
        for process in processes:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and any(process.poll() is None for process in processes):
            time.sleep(0.1)
    for process in processes:
        process.kill()
        process.wait()


class _signals_as_exit:
    """While inside, SIGTERM and SIGINT raise SystemExit, so that the clean-up runs; a second one insists."""

    def __enter__(self):
        self._old = {number: signal.signal(number, self._raise) for number in (signal.SIGTERM, signal.SIGINT)}

    def __exit__(self, *exc):
        for number, handler in self._old.items():
            signal.signal(number, handler)

    @staticmethod
    def _raise(number, frame):
        raise SystemExit(0)
