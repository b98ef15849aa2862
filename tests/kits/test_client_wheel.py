"""The wheel in every starting kit: pip installs it, and the command works with no room of the server."""

import ast
import email
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from databoard import __version__, kits
from databoard.kits.client_wheel import OLDEST_PYTHON, REQUIRED_PACKAGES, client_wheel, client_wheel_name

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def unpacked(problems, tmp_path):
    """The starting kit of iris as a student unpacks it."""
    kits.prepare(problems / "iris")
    zipfile.ZipFile(io.BytesIO(kits.starting_kit_zip(problems / "iris"))).extractall(tmp_path)
    return tmp_path / "iris"


def test_pip_installs_the_command_and_it_tests_the_folder_that_is_edited(unpacked, tmp_path):
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*pip, f"./{client_wheel_name()}"], cwd=unpacked, check=True, capture_output=True)
    assert not {"services", "models", "views", "jail"} & {
        path.name for path in (site / "databoard").iterdir()
    }
    environ = {**os.environ, "PYTHONPATH": str(site)}
    command = [str(site / "bin" / "databoard"), "test"]
    done = subprocess.run(command, cwd=unpacked, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"testing {unpacked}/submissions/starting_kit on the data in" in done.stdout
    assert "0.6486" in done.stdout


def test_its_record_names_every_file():
    archive = zipfile.ZipFile(io.BytesIO(client_wheel()))
    (record,) = [name for name in archive.namelist() if name.endswith("/RECORD")]
    recorded = [line.split(",")[0] for line in archive.read(record).decode().splitlines()]
    assert recorded == archive.namelist()


def test_it_brings_the_licence_of_the_package():
    archive = zipfile.ZipFile(io.BytesIO(client_wheel()))
    folder = f"databoard-{__version__}.dist-info"
    assert archive.read(f"{folder}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    facts = email.message_from_bytes(archive.read(f"{folder}/METADATA"))
    assert (facts["License-Expression"], facts["License-File"]) == ("BSD-3-Clause", "LICENSE")
    assert facts["Version"] == __version__


def test_it_requires_what_the_package_requires():
    (call,) = [node for node in ast.walk(ast.parse((ROOT / "setup.py").read_text())) if is_setup(node)]
    facts = {keyword.arg: keyword.value for keyword in call.keywords}
    assert tuple(ast.literal_eval(facts["install_requires"])) == REQUIRED_PACKAGES
    assert ast.literal_eval(facts["python_requires"]) == f">={OLDEST_PYTHON}"


def is_setup(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "setup"
