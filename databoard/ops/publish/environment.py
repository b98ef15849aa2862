"""Make the .venv of a release on its target. Run by the target's own Python; needs nothing but the standard library.

    python3 -I environment.py RELEASE ENVIRONMENTS [WHEELS]

Packages are installed once for each set of pinned requirements and Python, and hard-linked into every release that
asks for the same. So most releases need no download, and no disk.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

MINIMUM = (3, 11)


def main(release: Path, environments: Path, wheels: str) -> None:
    """Make `release`/.venv, complete or not at all."""
    if sys.version_info < MINIMUM:
        sys.exit(f"Expected Python 3.11 or newer, got {sys.version.split()[0]}. Set python= of the target.")
    packages = installed(release / "requirements.txt", environments, wheels)
    venv = release / ".venv"
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    site = next(venv.glob("lib/python*/site-packages"))
    shutil.rmtree(site)
    shutil.copytree(packages / "site-packages", site, copy_function=_link, symlinks=True)
    for script in sorted((packages / "bin").glob("*")) if (packages / "bin").is_dir() else ():
        _take_script(script, venv)
    (venv / "packages").write_text(packages.name + "\n")  # so that what no release uses can be removed


def installed(requirements: Path, environments: Path, wheels: str) -> Path:
    """Return the folder with the packages of `requirements`, installed now if they are not there."""
    folder = environments / digest(requirements)
    if folder.is_dir():
        return folder
    draft = environments / f".new-{folder.name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(draft / "venv")], check=True)
    index = ["--no-index", "--find-links", wheels] if wheels else []
    words = [str(draft / "venv/bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*words, *index, "--require-hashes", "--requirement", str(requirements)], check=True)
    (site,) = (draft / "venv/lib").glob("python*/site-packages")
    site.rename(draft / "site-packages")
    (draft / "bin").mkdir()
    for script in (draft / "venv/bin").iterdir():
        if (
            script.is_file()
            and not script.is_symlink()
            and script.name.partition(".")[0].lower() != "activate"
        ):
            script.rename(draft / "bin" / script.name)
    shutil.rmtree(draft / "venv")
    draft.rename(folder)
    return folder


def digest(requirements: Path) -> str:
    """Return the name of the set of packages: of the requirements and this Python."""
    python = f"{sys.version}\n{sys.base_prefix}\n"
    return hashlib.sha256(python.encode() + requirements.read_bytes()).hexdigest()[:16]


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or a file system without links
        shutil.copy2(source, target)


def _take_script(script: Path, venv: Path) -> None:
    """Copy a script of a package; its first line names the Python of this release."""
    content = script.read_bytes()
    target = venv / "bin" / script.name
    if target.exists():
        return
    if content.startswith(b"#!") and b"python" in content.partition(b"\n")[0]:
        content = b"#!" + str(venv / "bin/python").encode() + b"\n" + content.partition(b"\n")[2]
    target.write_bytes(content)
    target.chmod(0o755)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd[:4])} … ended with exit code {error.returncode}")
