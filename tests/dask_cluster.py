"""A real Dask cluster for tests: a scheduler and three workers, processes on loopback addresses of their own.

Each worker writes down every byte that reaches it, see `dask_recorder.py`.
"""

import contextlib
import errno
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from databoard.errors import EngineLost
from databoard.jail import processes

ROOT = Path(__file__).resolve().parents[1]
HOSTS = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
PRELOADS = ("databoard.runner.executors.dask_worker", str(ROOT / "tests" / "dask_recorder.py"))
N_SLOTS, PATIENCE_S = 2 * len(HOSTS), 240


class Cluster:
    """Starts and kills its processes; ends all of them on leaving.

    Parameters
    ----------
    is_encrypted : bool
        By TLS, with certificates of an authority of its own.

    Attributes
    ----------
    workers : dict of host to subprocess.Popen
    client_environment : dict of str to str
        What a client of the cluster needs to know.
    """

    def __init__(self, folder: Path, environment: dict[str, str], *, is_encrypted: bool = False):
        self.folder, self.workers, self.scheduler = folder, {}, None
        self.client_environment = certificates(folder) if is_encrypted else {}
        self._environment = {
            **environment,
            **self.client_environment,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._protocol = "tls" if is_encrypted else "tcp"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"{self._protocol}://127.0.0.1:{self.port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill_scheduler()
        for worker in self.workers.values():
            worker.terminate()
        for worker in self.workers.values():
            worker.wait(30)

    def start(self):
        """Start what is missing."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.scheduler = self._run("scheduler", "--host", self.address)
        for host in HOSTS:
            if host not in self.workers or self.workers[host].poll() is not None:
                options = ["--host", host, "--nthreads", "2", "--no-nanny", "--death-timeout", "60"]
                options += [word for name in PRELOADS for word in ("--preload", name)]
                options += ["--local-directory", str(self.folder / host)]
                options += ["--resources", "GPU=1"] if host == HOSTS[2] else []
                self.workers[host] = self._run("worker", self.address, *options, recorded=host)

    def kill_scheduler(self):
        """Kill it with -9; the workers end by themselves."""
        if self.scheduler is not None:
            self.scheduler.kill()
            self.scheduler.wait()
            self.scheduler = None

    def await_workers_gone(self):
        """Wait until every worker has ended, as they do without a scheduler."""
        for worker in self.workers.values():
            worker.wait(PATIENCE_S)

    def received(self, host):
        """Return every byte that reached a worker."""
        return (self.folder / f"{host}.received").read_bytes()

    def inputs(self, host):
        """Return what a worker keeps, by digest."""
        folder = self.folder / host / "dask-scratch-space" / "databoard-inputs"
        return {path.name: path for path in folder.iterdir() if path.is_file()}

    def _run(self, program, *words, recorded=None):
        environment = dict(self._environment)
        if recorded:
            environment["RECORDED_TO"] = str(self.folder / f"{recorded}.received")
        with open(self.folder / f"{recorded or program}.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{program}", *words, "--no-dashboard"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )


def certificates(folder):
    """Make an authority and a certificate of it; return Dask's settings that name them."""
    for words in (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=node -keyout node.key -out node.csr",
        "x509 -req -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out node.pem",
    ):
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)
    prefix = "DASK_DISTRIBUTED__COMM__"
    files = {
        f"{prefix}TLS__{role}__{kind}": str(folder / f"node.{suffix}")
        for role in ("SCHEDULER", "WORKER", "CLIENT")
        for kind, suffix in (("CERT", "pem"), ("KEY", "key"))
    }
    return files | {f"{prefix}TLS__CA_FILE": str(folder / "ca.pem"), f"{prefix}REQUIRE_ENCRYPTION": "True"}


def await_slots(runner, n_slots=N_SLOTS):
    """Wait until the cluster offers so many slots."""
    deadline_s = time.monotonic() + PATIENCE_S
    n_found = None
    while time.monotonic() < deadline_s:
        with contextlib.suppress(EngineLost):
            n_found = runner.engine.n_slots()
            if n_found == n_slots:
                return
        time.sleep(0.1)
    raise AssertionError(f"expected {n_slots} slots, got {n_found} after {PATIENCE_S} s")


def await_none(pids, within_s=10.0):
    """Wait until none of these processes is there any more."""
    deadline_s = time.monotonic() + within_s
    while left := [pid for pid in pids if os.path.exists(f"/proc/{pid}")]:
        assert time.monotonic() < deadline_s, f"{left} are there after {within_s} s"
        time.sleep(0.05)


def below(process):
    """Return the processes that one has started, however deep."""
    return processes.tree_of(process.pid, is_root_counted=False).pids


def n_sleepers(seconds):
    """Return how many processes `sleep` for so many seconds."""
    found = subprocess.run(["pgrep", "-fc", f"^sleep {seconds}"], capture_output=True, text=True).stdout
    return int(found)


def await_sleepers(seconds, n, within_s=PATIENCE_S):
    """Wait until so many processes sleep for so long."""
    deadline_s = time.monotonic() + within_s
    while (n_found := n_sleepers(seconds)) != n:
        assert time.monotonic() < deadline_s, f"{n_found} sleepers after {within_s} s, expected {n}"
        time.sleep(0.1)


def full_disk(task, on_state, cancelled, jails):
    """Stand in for a fold on a worker whose disk is full."""
    raise OSError(errno.ENOSPC, "No space left on device")
