"""Files of settings: the one that holds variables, and the secret that is made once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import SettingError
from tests.support.settings import LONG

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def env_file(tmp_path):
    """Write a file of settings that only its owner can read."""

    def write(text, mode=0o600):
        path = tmp_path / "databoard.env"
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    return write


def test_a_file_of_settings_is_read_and_the_environment_wins(load, env_file):
    name = env_file(
        '# a comment\n\nDATABOARD_PORT=81\nDATABOARD_HOSTS = "a.example.org"\nDATABOARD_LEASE_S=5\n'
    )
    settings = load(DATABOARD_ENV_FILE=name, DATABOARD_PORT="82", DATABOARD_LEASE_S="")
    assert (settings.port, settings.hosts, settings.lease_s) == (82, ("a.example.org",), 5)


def test_the_file_may_name_the_configuration(load, env_file):
    name = env_file(f"DATABOARD_ENV=production\nDATABOARD_SECRET_KEY={LONG}\n")
    assert load(DATABOARD_ENV_FILE=name).is_production


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("DATABOARD_PORT=81\n", 0o644, "expected a file that only its owner can read"),
        ("\nDATABOARD_PROT=81\n", 0o600, "line 2 holds 'DATABOARD_PROT'; expected NAME=value with a setting"),
        ("DATABOARD_PORT\n", 0o600, "line 1 holds 'DATABOARD_PORT'; expected NAME=value"),
        ("PATH=/tmp\n", 0o600, "line 1 holds 'PATH'"),
        ("DATABOARD_PORT=http\n", 0o600, "DATABOARD_PORT holds 'http'"),
    ],
)
def test_a_file_of_settings_that_cannot_be_meant_is_refused(load, env_file, text, mode, said):
    with pytest.raises(SettingError, match=said):
        load(DATABOARD_ENV_FILE=env_file(text, mode))


def test_a_file_of_settings_that_is_not_there_is_refused(load, tmp_path):
    with pytest.raises(SettingError, match=r"it cannot be read: .*No such file"):
        load(DATABOARD_ENV_FILE=f"{tmp_path}/nothing")


def test_the_secret_is_made_once_for_its_owner_alone(load, tmp_path):
    assert load().secret_key == load().secret_key
    path = tmp_path / "home" / "secret_key"
    assert (path.stat().st_mode & 0o777, len(path.read_text())) == (0o600, 64)
    assert os.listdir(path.parent) == ["secret_key"]


def test_another_home_has_another_secret(load, tmp_path):
    assert load().secret_key != load(DATABOARD_HOME=str(tmp_path / "other")).secret_key


def test_a_process_that_comes_second_takes_the_first_one_s_secret(load, tmp_path, monkeypatch):
    first = load().secret_key
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert load().secret_key == first


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    program = "import config; print(config.load().secret_key)"
    environ = {"DATABOARD_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE
        )
        for _ in range(6)
    ]
    keys = {process.communicate()[0].strip() for process in started}
    assert len(keys) == 1
    assert len(keys.pop()) == 64
