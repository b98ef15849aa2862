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

ROOT = Path(__file__).resolve().parents[2]
#: After the first SIGTERM a worker finishes its job; after the second it hands it back.
PATIENCE_S = (10, 20)


def serve(config, *, port: int | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM, or until one of the processes ends; return the exit code.

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
    processes = []
    with _signals_as_exit():
        try:
            # Sessions of their own: the terminal's Ctrl-C reaches us alone, and we end them in order.
            for command in commands:
                processes.append(
                    subprocess.Popen(
                        command,
                        cwd=ROOT,
                        env=environment,
                        start_new_session=True,
                        preexec_fn=_end_with_parent,
                    )
                )
            print(f"Databoard is at http://{config.host}:{port}/ (Ctrl-C ends it).", flush=True)
            return _first_exit(processes)
        except SystemExit:
            return 0
        finally:
            _end(processes)


def web_command(config, port: int) -> list[str]:
    """Return the gunicorn command line."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"{config.host}:{port}",
        "--workers",
        str(config.web_workers),
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--timeout",
        "60",
        "--max-requests",
        "10000",
        "--max-requests-jitter",
        "1000",
        "--log-level",
        "warning",
        "manage:application()",
    ]


def _end_with_parent() -> None:
    """On Linux, let the kernel end this process when its parent dies, also by SIGKILL (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _first_exit(processes: list[subprocess.Popen]) -> int:
    while True:
        for process in processes:
            code = process.poll()
            if code is not None:
                print(f"{' '.join(process.args[1:4])} ended with exit code {code}.", file=sys.stderr)
                return code or 1
        time.sleep(0.2)


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
