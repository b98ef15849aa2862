"""The environment of a release: its own, made of packages that releases share on disk."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from databoard.ops.publish import environment

SCRIPT = Path(environment.__file__)


@pytest.fixture
def release(tmp_path):
    """A release that asks for one package, which is installed already."""
    folder = tmp_path / "releases" / "v1"
    folder.mkdir(parents=True)
    (folder / "requirements.txt").write_text("owls==1.0\n")
    packages = tmp_path / "environments" / environment.digest(folder / "requirements.txt")
    (packages / "site-packages" / "owls").mkdir(parents=True)
    (packages / "site-packages" / "owls" / "__init__.py").write_text("N = 3\n")
    (packages / "bin").mkdir()
    (packages / "bin" / "owl").write_text("#!/old/python3\nimport owls, sys\nprint(owls.N, sys.prefix)\n")
    return folder


def make(release):
    environments = release.parents[1] / "environments"
    # With the Python of this environment: the digest of the packages names it.
    command = [sys.executable, "-I", SCRIPT, release, environments]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_release_has_its_own_environment_and_shares_the_files(release):
    assert make(release).returncode == 0
    python = release / ".venv" / "bin" / "python"
    program = "import json, owls, sys; print(json.dumps([owls.N, sys.prefix]))"
    said = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == [3, str(release / ".venv")]
    (file,) = (release / ".venv").glob("lib/python*/site-packages/owls/__init__.py")
    assert file.stat().st_nlink == 2


def test_a_script_of_a_package_runs_in_the_release(release):
    make(release)
    said = subprocess.run(
        [release / ".venv" / "bin" / "owl"], capture_output=True, text=True, check=True
    ).stdout
    assert said == f"3 {release / '.venv'}\n"


def test_making_it_again_replaces_what_a_broken_try_left(release):
    (release / ".venv" / "half").mkdir(parents=True)
    assert make(release).returncode == 0
    assert not (release / ".venv" / "half").exists()


def test_packages_that_cannot_be_installed_leave_nothing(release, tmp_path):
    (release / "requirements.txt").write_text("no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    command = [sys.executable, "-I", SCRIPT, release, tmp_path / "environments", wheels]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "ended with exit code 1" in done.stderr
    left = {path.name for path in (tmp_path / "environments").iterdir() if not path.name.startswith(".new-")}
    assert len(left) == 1 and not (release / ".venv").exists()
