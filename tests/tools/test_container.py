"""The image and the compose file: what they name exists, no secret has a default, no right is too much."""

import json
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
    assert sorted(words[0] for words in commands) == ["fab", "fab", "tools/container_web.sh"]
    script = (ROOT / "tools" / "container_web.sh").read_text()
    assert set(re.findall(r"^(?:exec )?fab ([\w-]+)", script, re.M)) == {"run-services"} <= TASKS


def test_no_container_of_this_code_has_a_capability_or_writes_beside_its_data():
    for service in (COMPOSE["services"]["web"], COMPOSE["services"]["worker"]):
        assert service["cap_drop"] == ["ALL"] and service["read_only"] is True
        assert "no-new-privileges" in service["security_opt"] and service["volumes"] == ["data:/data"]
    assert not any(
        "privileged" in service or "cap_add" in service for service in COMPOSE["services"].values()
    )


def test_the_system_calls_of_the_worker_are_listed_and_leave_those_that_make_a_jail():
    (profile,) = [option for option in COMPOSE["services"]["worker"]["security_opt"] if "seccomp" in option]
    rules = json.loads((ROOT / profile.partition("=")[2]).read_text())
    (refused,) = [set(rule["names"]) for rule in rules["syscalls"] if rule["action"] == "SCMP_ACT_ERRNO"]
    assert refused >= {
        "bpf",
        "init_module",
        "kexec_load",
        "keyctl",
        "perf_event_open",
        "ptrace",
        "userfaultfd",
    }
    assert not refused & {
        "clone",
        "clone3",
        "unshare",
        "setns",
        "mount",
        "umount2",
        "pivot_root",
        "sethostname",
    }


def test_the_copy_of_shared_files_may_be_executed():
    (shm,) = [mount for mount in COMPOSE["services"]["worker"]["tmpfs"] if "/shm" in mount]
    assert {"exec", "nosuid", "nodev"} <= set(shm.partition(":")[2].split(","))
    assert "shm_size" not in COMPOSE["services"]["worker"]


def test_backups_find_the_client_of_the_database():
    assert "postgresql-client" in IMAGE and "rsync" in IMAGE
    assert re.search(r"postgres:15\b", COMPOSE["services"]["db"]["image"])  # that of Debian 12, the base


def test_the_base_is_an_argument():
    assert re.findall(r"^FROM (\S+)", IMAGE, re.M) == ["${BASE}", "${BASE}"]
    assert COMPOSE["x-databoard"]["build"]["args"]["BASE"].endswith(
        re.findall(r"^ARG BASE=(\S+)", IMAGE, re.M)[0] + "}"
    )


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
