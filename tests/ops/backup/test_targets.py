"""Copies on another disk or host: by rsync, whole or not at all, and never on a disk that is not mounted."""

import getpass
import os
import shutil
import socket
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from databoard.errors import RuleError
from databoard.ops.backup import make as making
from databoard.ops.backup import targets
from databoard.ops.backup.shelf import Shelf
from databoard.ops.backup.targets import Target

DAY = timedelta(days=1)
#: A mount point that every Linux has and every user may write to.
DISK = Path("/dev/shm")
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def place():
    """A folder on another disk."""
    folder = DISK / f"databoard-target-{os.getpid()}"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def copy(site, now):
    def copy(target, at=now):
        return targets.copy(Shelf.of(site.home), Target.of(target), making.rules_of(site), now=at)

    return copy


def test_a_folder_below_a_disk_that_is_not_mounted_is_never_written(back_up, copy, tmp_path, database_kind):
    back_up()
    for text in (str(tmp_path / "mnt"), f"{tmp_path}/./databoard", f"{tmp_path / 'mnt'}/./databoard"):
        with pytest.raises(RuleError, match=r"Expected a disk mounted at .*Nothing was written"):
            copy(text)
    assert not (tmp_path / "mnt").exists() and not (tmp_path / "databoard").exists()


def test_copies_are_whole_linked_and_follow_retention(
    back_up, copy, place, now, score_one, owls, database_kind
):
    score_one(owls, "first")
    target = f"{DISK}/./{place.name}"
    first = back_up()
    assert copy(target).copied == (first.path.name,)
    (place / ".making-20200101T000000Z").mkdir()  # what a killed copy left
    second = back_up(now + DAY)
    assert copy(target, now + DAY).copied == (second.path.name,)
    assert sorted(os.listdir(place)) == [first.path.name, second.path.name]
    for file in second.manifest.files:
        paths = [place / name / second.manifest.place(file) for name in (first.path.name, second.path.name)]
        assert (
            paths[0].samefile(paths[1])
            and paths[1].read_bytes() == (second.path / second.manifest.place(file)).read_bytes()
        )
    for n in range(2, 9):
        back_up(now + n * DAY)
    done = copy(target, now + 8 * DAY)
    assert (len(done.copied), done.removed) == (7, (first.path.name, second.path.name))


def test_losing_the_local_backups_removes_nothing_there(back_up, copy, place, now, backups, database_kind):
    first = back_up()
    copy(f"{DISK}/./{place.name}")
    shutil.rmtree(backups)
    back_up(now + DAY)
    assert copy(f"{DISK}/./{place.name}", now + DAY).removed == ()
    assert first.path.name in os.listdir(place)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def ssh_host(tmp_path, monkeypatch):
    """An OpenSSH server on loopback that lets this user in with a key; ssh finds it by its name."""
    home = tmp_path / "ssh"
    home.mkdir(mode=0o700)
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
    shutil.copy(home / "key.pub", home / "authorized_keys")
    port = free_port()
    (home / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nAuthorizedKeysFile {home}/authorized_keys\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    (home / "config").write_text(
        f"Host vault\nHostName 127.0.0.1\nPort {port}\nUser {getpass.getuser()}\nIdentityFile {home}/key\n"
        f"StrictHostKeyChecking no\nUserKnownHostsFile {home}/known\nLogLevel ERROR\n"
    )
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    server = subprocess.Popen(
        [shutil.which("sshd", path="/usr/sbin:/usr/bin"), "-D", "-f", home / "sshd_config"]
    )
    monkeypatch.setattr(targets, "_SSH", ("ssh", "-F", str(home / "config"), *targets._SSH[1:]))
    yield "vault"
    server.terminate()
    server.wait()


def test_another_host_takes_copies_over_ssh(back_up, copy, ssh_host, tmp_path, now, database_kind):
    target = f"{ssh_host}:{tmp_path}/there"
    first, second = back_up(), back_up(now + DAY)
    assert copy(target, now + DAY).copied == (first.path.name, second.path.name)
    assert sorted(os.listdir(tmp_path / "there")) == [first.path.name, second.path.name]
    [file, *_] = second.manifest.files
    copies = [tmp_path / "there" / made.path.name / made.manifest.place(file) for made in (first, second)]
    assert copies[0].samefile(copies[1])
    for n in range(2, 9):
        back_up(now + n * DAY)
    assert copy(target, now + 8 * DAY).removed == (first.path.name, second.path.name)


def test_a_host_that_cannot_be_reached_is_one_line(back_up, copy, database_kind):
    back_up()
    with pytest.raises(RuleError, match=r"^The backup was made, but not copied"):
        copy("nobody@host.invalid:folder")
