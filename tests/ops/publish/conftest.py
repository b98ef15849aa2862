"""A site that is published over SSH from a checkout of its own, as its operators see it."""

import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from databoard import kits
from databoard.ops import keeper_status
from tests.conftest import _postgres_copy
from tests.ops.publish import site, ssh_server
from tests.support import light_iris


@dataclass(frozen=True)
class Site:
    """The target's folder, the checkout that it is published from, and its port."""

    folder: Path
    checkout: site.Checkout
    port: int
    db_url: str

    def current(self) -> str:
        return (self.folder / "current").readlink().name

    def served(self) -> str:
        status = keeper_status.read(self.folder / "shared" / "home")
        return status.release if status else ""


@pytest.fixture(scope="module")
def published(tmp_path_factory, postgres_stage, shared_folder, problems, worker_id):
    """The site at release v1, served by a keeper with one worker."""
    base = tmp_path_factory.mktemp("published")
    folder = base / "srv"
    folder.mkdir()
    with (
        ssh_server.running(base / "ssh") as server,
        _postgres_copy(postgres_stage, f"site_{worker_id}") as url,
    ):
        site.write_targets(base / "databoard.ini", server, folder)
        site.lay_packages(folder)
        home = shared_folder / "postgres_home"
        light = shutil.copytree(problems, base / "problems")
        light_iris.lighten(light / "iris")
        kits.prepare(light / "iris")
        light_iris.register(url, light / "iris")
        port = site.write_settings(folder, home=home, problems=light, db_url=url)
        checkout = site.Checkout(base / "checkout", base / "databoard.ini", light)
        checkout.change("v2", "README.md", "#", "# ")
        try:
            done = checkout.fab("publish_software:target=test,tag=v1")
            assert done.returncode == 0, done.stderr + done.stdout
            yield Site(folder, checkout, port, url)
        finally:
            end_services(folder / "shared" / "home")


@pytest.fixture
def at_v1(published):
    """The site, brought back to v1 when an earlier test left it at another release."""
    if published.current() != "v1":
        assert published.checkout.fab("rollback:v1,target=test").returncode == 0
    return published


@pytest.fixture
def at_v2(published):
    """The site at v2, published when no earlier test left it there."""
    if published.current() != "v2":
        assert published.checkout.fab("publish_software:target=test,tag=v2").returncode == 0
    return published


def end_services(home: Path) -> None:
    """End what the keeper runs, and wait until it is gone."""
    for _ in range(600):
        status = keeper_status.read(home)
        if status is None:
            return
        os.kill(status.pid, signal.SIGTERM)
        time.sleep(0.1)
    raise AssertionError("the services did not end within 60 s")
