"""A real OpenSSH server on loopback: a port, a host key and a user's key of its own, all in a scratch folder."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SshServer:
    """A running server, and what a client needs to log in."""

    port: int
    user: str
    identity: Path
    known_hosts: Path


@contextmanager
def running(folder: Path) -> Iterator[SshServer]:
    """Yield a server that only the key in `folder` opens; it ends with the block."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "sshd is missing; sudo apt-get install -y openssh-server"
    folder.mkdir(mode=0o700)
    host_key, identity = _key(folder / "host_key"), _key(folder / "identity")
    shutil.copy(f"{identity}.pub", folder / "authorized_keys")
    port = free_port()
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{port} {Path(f'{host_key}.pub').read_text()}")
    settings = folder / "sshd_config"
    settings.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\nPasswordAuthentication no\nPermitRootLogin yes\n"
        "MaxStartups 50\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it separates its privileges
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen([program, "-D", "-e", "-f", settings], stdout=log, stderr=log)
    try:
        yield SshServer(port, getpass.getuser(), identity, known_hosts)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path
