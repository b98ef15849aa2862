"""A published site for tests: a git checkout with tags, a target over SSH, a database, a crowd of requests."""

import http.client
import itertools
import os
import re
import shutil
import subprocess
import sys
import threading
from importlib.metadata import distributions
from pathlib import Path

from databoard.ops.publish import environment
from tests.ops.publish.ssh_server import SshServer, free_port
from tests.support import light_iris

ROOT = Path(__file__).resolve().parents[3]
PYTHON = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"


class Checkout:
    """A git repository with the code of this checkout, to tag and to publish from."""

    def __init__(self, folder: Path, targets: Path, problems: Path):
        self.folder, self._targets, self.problems = folder, targets, problems
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(
            listed, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for name in [name for name in names if not name.startswith("tests/") and (ROOT / name).is_file()]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        shutil.copytree(
            ROOT / "databoard/static/vendor", folder / "databoard/static/vendor", dirs_exist_ok=True
        )
        light_iris.lighten(folder / "problems" / "iris")
        self.git("init", "-q", "-b", "main")
        self.commit("v1")

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=Olga", "-c", "user.email=olga@example.org", "-c", "core.hooksPath="]
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True, capture_output=True)

    def commit(self, tag: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", tag)
        self.git("tag", tag)

    def change(self, tag: str, name: str, old: str, new: str, **added: str) -> None:
        """Tag a version that differs from v1 in one place of one file, and has the migrations `added`."""
        self.git("checkout", "-q", "v1")
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        for revision, migration in added.items():
            (self.folder / "migrations" / "versions" / f"{revision}.py").write_text(migration)
        self.commit(tag)
        self.git("checkout", "-q", "v1")

    def fab(self, *words: str) -> "subprocess.CompletedProcess[str]":
        environ = {name: value for name, value in os.environ.items() if not name.startswith("DATABOARD_")}
        environ |= {
            "DATABOARD_TARGETS": str(self._targets),
            "DATABOARD_HOME": str(self.folder / "var"),
            "DATABOARD_PROBLEMS": str(self.problems),
        }
        command = [sys.executable, "-m", "fabric", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=280
        )


class Crowd:
    """Visitors that ask for pages until the block ends, each on a connection of its own.

    Parameters
    ----------
    per_s : int
        Requests a second at most.
    at_once : int
        Requests in flight at most: a machine that is busy with other tests is not flooded.
    """

    URLS = ("/healthcheck",) * 7 + ("/", "/events/iris_test", "/login")

    def __init__(self, port: int, *, per_s: int = 20, at_once: int = 6):
        self.port, self._every_s, self._at_once = port, 1 / per_s, at_once
        self.n_asked, self.failed = 0, []
        self._stop = threading.Event()

    def __enter__(self) -> "Crowd":
        self._threads = [threading.Thread(target=self._run, args=(start,)) for start in range(self._at_once)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, start: int) -> None:
        for number in itertools.count(start, self._at_once):
            self._ask(self.URLS[number % len(self.URLS)])
            self.n_asked += 1
            if self._stop.wait(self._every_s * self._at_once):
                return

    def _ask(self, url: str) -> None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            connection.request("GET", url)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            if answer.status != 200:
                self.failed.append(f"{url}: {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(f"{url}: {error!r}")


def write_targets(path: Path, server: SshServer, folder: Path) -> None:
    """Write a file of targets with one that is reached over SSH, and one whose host key is not known."""
    lines = [
        "host = 127.0.0.1",
        f"user = {server.user}",
        f"port = {server.port}",
        f"identity = {server.identity}",
        f"python = {PYTHON}",
        "ready_s = 60",
    ]
    test = [*lines, f"path = {folder}", f"known_hosts = {server.known_hosts}"]
    stranger = [*lines, f"path = {folder}-none", "known_hosts = /dev/null"]
    sections = {"test": test, "stranger": stranger}
    path.write_text("\n".join("\n".join([f"[target:{name}]", *keys, ""]) for name, keys in sections.items()))


def lay_packages(folder: Path) -> None:
    """Put the server's packages where the target would install its own, so that no test needs a network.

    They are those of this test run, without what only tests need: each release links all of it, and each jail of a
    release copies it.
    """
    packages = folder / "environments" / environment.digest(ROOT / "requirements.txt") / "site-packages"
    (site,) = Path(sys.prefix).glob("lib/python*/site-packages")
    for name in _names_of_packages():
        source, target = site / name, packages / name
        if source.is_dir():
            left_out = () if name == "numpy" else ("tests",)  # numpy itself imports a module of its tests
            ignore = shutil.ignore_patterns(*left_out)
            shutil.copytree(source, target, copy_function=environment._link, symlinks=True, ignore=ignore)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            environment._link(str(source), str(target))
    (packages.parent / "bin").mkdir()


def _names_of_packages() -> set[str]:
    """Return what the pinned packages that are installed here have in `site-packages`."""
    pinned = re.findall(r"^([a-z][a-z0-9-]*)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    found = {distribution.name.lower().replace("_", "-"): distribution for distribution in distributions()}
    files = (found[name].files or () for name in pinned if name in found)
    return {file.parts[0] for each in files for file in each if file.parts[0] not in {"..", "__pycache__"}}


def write_settings(folder: Path, *, home: Path, problems: Path, db_url: str) -> int:
    """Write the settings of the site; return its port."""
    port = free_port()
    (folder / "shared").mkdir(parents=True, exist_ok=True)
    shutil.copytree(home, folder / "shared" / "home")
    shutil.copytree(problems, folder / "shared" / "problems")
    (folder / "shared" / "home").chmod(0o700)
    path = folder / "shared" / "databoard.env"
    path.write_text(
        f"DATABOARD_HOME={folder}/shared/home\nDATABOARD_PROBLEMS={folder}/shared/problems\nDATABOARD_DB_URL={db_url}\n"
        f"DATABOARD_HOST=127.0.0.1\nDATABOARD_PORT={port}\nDATABOARD_WEB_WORKERS=2\nDATABOARD_PARALLEL_FOLDS=1\n"
        "DATABOARD_SECRET_KEY=k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ\n"
    )
    path.chmod(0o600)
    return port
