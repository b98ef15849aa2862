"""The image and the compose file: what they name exists, and no secret has a default."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from invoke.tasks import Task

import config
import fabfile

ROOT = Path(__file__).resolve().parents[2]
IMAGE = (ROOT / "Containerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
TASKS = {name.replace("_", "-") for name, found in vars(fabfile).items() if isinstance(found, Task)}


def test_every_setting_that_they_name_exists():
    named = set(re.findall(r"\b(DATABOARD_\w+)=", IMAGE)) | set(COMPOSE["x-databoard"]["environment"])
    assert len(named) >= 6
    assert named <= {setting.variable for setting in config.SETTINGS}


def test_secrets_have_no_default():
    environment = COMPOSE["x-databoard"]["environment"]
    for name in ("DATABOARD_SECRET_KEY", "DATABOARD_DB_URL", "DATABOARD_HOSTS"):
        assert re.search(r"\$\{\w+:\?", environment[name])
    assert "SECRET" not in IMAGE and "PASSWORD" not in IMAGE


def test_every_command_is_a_task_of_this_code():
    commands = [service["command"] for service in COMPOSE["services"].values() if "command" in service]
    commands.append(yaml.safe_load(re.findall(r"^CMD (\[.*\])", IMAGE, re.M)[0]))
    assert {words[1] for words in commands if words[0] == "fab"} <= TASKS
    assert sorted(words[0] for words in commands) == ["fab", "fab", "python"]


def test_the_image_runs_as_a_user_that_owns_only_the_data():
    assert IMAGE.index("USER databoard") < IMAGE.index("CMD")
    assert "install -d -o databoard -g databoard -m 700 /data" in IMAGE
    assert "/data:" not in (ROOT / ".containerignore").read_text()


@pytest.mark.parametrize("program", ["deploy_databoard.sh"])
def test_a_script_for_the_shell_is_understood_by_it(program):
    path = ROOT / "tools" / program
    assert subprocess.run(["sh", "-n", path], capture_output=True).returncode == 0
    said = subprocess.run(["sh", path], capture_output=True, text=True)
    assert said.returncode != 0 and "Name the domain: tools/deploy_databoard.sh" in said.stderr


def test_the_script_calls_tasks_of_this_code():
    text = (ROOT / "tools" / "deploy_databoard.sh").read_text()
    called = re.findall(r"(?:\bfab |-m fabric )\"?([a-z_]+)[:\"]", text)
    assert {"publish_software", "setup_postgres", "install_services", "add_event"} <= set(called)
    assert {name.replace("_", "-") for name in called} <= TASKS
