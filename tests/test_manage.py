"""manage.py: commands on the database, and the entry for gunicorn."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import config
import manage
from databoard.app import create_app
from databoard.ops import schema
from databoard.ops.backup.shelf import Shelf

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def production(tmp_path):
    """Settings of a production server that has not been given the names of its hosts."""
    return {
        "DATABOARD_ENV": "production",
        "DATABOARD_HOME": str(tmp_path / "home"),
        "DATABOARD_SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
    }


@pytest.mark.parametrize("command", ["upgrade", "current"])
def test_commands_on_the_database_need_no_names_of_hosts(production, bare_environment, command):
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "db", command],
        env={**bare_environment, **production},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_the_web_application_is_not_made_without_them(production, monkeypatch):
    for name in [name for name in os.environ if name.startswith("DATABOARD_")]:
        monkeypatch.delenv(name)
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(config.SettingError, match="DATABOARD_HOSTS holds nothing"):
        manage.application()


@pytest.mark.parametrize("url", ["/", "/healthcheck", "/static/css/databoard.css"])
def test_an_application_made_for_commands_answers_no_request(production, url):
    client = create_app(config.load(production)).test_client()
    assert client.get(url, headers={"Host": "evil.example"}).status_code == 500


def test_migrate_with_nothing_changed_writes_no_revision(database_url, home, bare_environment, tmp_path):
    migrations = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", migrations, ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted((migrations / "versions").iterdir())
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "db", "migrate", "--directory", migrations, "-m", "nothing"],
        env={**bare_environment, "DATABOARD_HOME": str(home), "DATABOARD_DB_URL": database_url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, "no revision was written" in done.stdout) == (0, True), done.stderr
    assert sorted(path for path in (migrations / "versions").iterdir() if path.suffix) == before


def test_in_production_a_downgrade_backs_up_first(production, bare_environment, sqlite_url, home):
    command = [sys.executable, ROOT / "manage.py", "db", "downgrade"]
    environ = {**bare_environment, **production, "DATABOARD_HOME": str(home)}
    run = {"cwd": ROOT, "capture_output": True, "text": True, "timeout": 300}
    only_printed = subprocess.run([*command, "--help"], env=environ, **run)
    assert (only_printed.returncode, (home / "backups").exists()) == (0, False)
    done = subprocess.run(command, env=environ, **run)
    [name] = Shelf.of(home).names()
    assert (done.returncode, done.stdout) == (0, f"What is there now is backup {name}.\n"), done.stderr
    assert json.loads((home / "backups" / name / "manifest.json").read_text())["revision"] == schema.head()
