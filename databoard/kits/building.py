"""Build the environment that a kit asks for, with ``uv`` when it is there, else ``venv`` and ``pip``.

Called by ``fab build_env`` and ``fab add_problem``. Packages come from wherever the installer of this machine is set
up to take them. What is built is used by full path only; the server itself never imports from it.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

from databoard.errors import KitError
from databoard.kits.environments import Environment, built_environment, environments_folder, record
from databoard.kits.requirements import WantedEnvironment, wanted_environment

#: The oldest in which kits, scoring and workflows run.
OLDEST_PYTHON = (3, 10)
#: Longest that a build may take.
BUILD_WITHIN_S = 3600
_KEPT_BUILDS = 2  # a run that started before a rebuild still needs the one before
_SURVEY = """
import importlib.metadata as m, json, os, platform, sys
packages = sorted({(d.metadata["Name"], d.version) for d in m.distributions()}, key=lambda p: p[0].lower())
prefixes = list(dict.fromkeys([sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix)]))
print(json.dumps([platform.python_version(), prefixes, packages]))
"""

Say = Callable[[str], None]


def build_environment(
    home: str | Path,
    kit_path: str | Path,
    *,
    python: str | None = None,
    say: Say = print,
    begin: Say = lambda step: None,
    is_forced: bool = False,
) -> Environment | None:
    """Build what the kit asks for, unless that is there; return it, ``None`` when the kit asks for nothing.

    Parameters
    ----------
    python : str, optional
        A version such as ``3.10``, or the path of an interpreter; it goes before what the kit says.
    say : callable
        Gets the lines of the installer, and what goes before them.
    begin : callable
        Called with the name of each step that may take long, before it.
    is_forced : bool
        Build again although it is there.

    Raises
    ------
    KitError
        If the files cannot be read, there is no such Python, or the packages cannot be installed.
    """
    kit_path = Path(kit_path)
    wanted = wanted_environment(kit_path)
    if wanted is None:
        return None
    folder = environments_folder(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder / f"{kit_path.name}.lock"):
        built = built_environment(home, kit_path.name)
        interpreter = None if python is None else _find_python(python)
        if built and not is_forced and _is_as_wanted(built, wanted, interpreter):
            return built
        for note in wanted.notes:
            say(f"note: {note}")
        interpreter = interpreter or _find_python(wanted.python)
        _check_age(interpreter)
        environment = _build(folder, kit_path.name, wanted, interpreter, say, begin)
        record(home, kit_path.name, environment)
        _sweep(folder, kit_path.name)
    return environment


def _is_as_wanted(built: Environment, wanted: WantedEnvironment, interpreter: str | None) -> bool:
    is_same_python = interpreter is None or _version(interpreter) == built.python_version
    return built.digest == wanted.digest and Path(built.python).exists() and is_same_python


def _build(
    folder: Path, kit_name: str, wanted: WantedEnvironment, interpreter: str, say: Say, begin: Say
) -> Environment:
    name = f"{kit_name}-{wanted.digest[:12]}-{secrets.token_hex(3)}"
    target, uv = folder / name, shutil.which("uv")
    say(
        f"{kit_name}: Python {_version(interpreter)}, {len(wanted.lines)} requirements, with {'uv' if uv else 'pip'}"
    )
    requirements = folder / f"{name}.txt"
    requirements.write_text("\n".join(wanted.lines) + "\n", encoding="utf-8")
    python = target / "bin" / "python"
    try:
        begin("making an empty environment")
        if uv:
            _run([uv, "venv", "--quiet", "--no-config", "--python", interpreter, str(target)], say)
            install = [uv, "pip", "install", "--no-config", "--compile-bytecode", "--python", str(python)]
        else:
            _run([interpreter, "-m", "venv", str(target)], say)
            install = [str(python), "-m", "pip", "install", "--no-input"]
        begin(f"installing {len(wanted.lines)} requirements and what they need")
        _run([*install, "-r", str(requirements)], say)
        begin("listing what was installed")
        version, prefixes, packages = json.loads(_output([str(python), "-I", "-c", _SURVEY]))
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    finally:
        requirements.unlink()
    return Environment(
        name=name,
        digest=wanted.digest,
        python=str(python),
        python_version=version,
        prefixes=tuple(prefixes),
        packages=tuple((package, number) for package, number in packages),
        built_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def _find_python(wanted: str | None) -> str:
    """Return the path of an interpreter of this machine: of the version or at the path that is wanted."""
    if wanted is None or wanted == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    if os.sep in wanted:
        if shutil.which(wanted) is None:
            raise KitError(
                f"Expected an interpreter at {wanted}, there is none. Give a version such as 3.11."
            )
        return wanted
    candidates = [shutil.which(f"python{wanted}")]
    if uv := shutil.which("uv"):
        with contextlib.suppress(KitError):
            candidates.append(_output([uv, "python", "find", "--no-python-downloads", wanted]).strip())
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    candidates += sorted(map(str, pyenv.glob(f"{wanted}*/bin/python3")), reverse=True)
    for candidate in filter(None, candidates):
        with contextlib.suppress(KitError):  # a version manager's stand-in may be there without the version
            if _version(candidate).startswith(f"{wanted}."):
                return candidate
    raise KitError(
        f"Expected Python {wanted} on this machine, found none. Install it (python{wanted} on the PATH), or choose "
        "another: fab build_env:<problem>,python=3.11"
    )


def _check_age(python: str) -> None:
    found = _version(python)
    if tuple(int(number) for number in found.split(".")[:2]) < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        raise KitError(f"Expected Python {oldest} or newer, which the scorer needs; got {found} ({python}).")


def _version(python: str) -> str:
    return _output([python, "-I", "-c", "import platform; print(platform.python_version())"]).strip()


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KitError(f"{command[0]} does not run: {error}") from error
    if done.returncode:
        raise KitError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _run(command: list[str], say: Say) -> None:
    """Run an installer and pass its lines on; its last ones are the error's."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABOARD_")}
    lines: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment | {"VIRTUAL_ENV": ""},
    ) as process:
        for line in process.stdout or ():
            lines = [*lines[-19:], line.rstrip()]
            say(f"  {line.rstrip()}")
        status = process.wait(BUILD_WITHIN_S)
    if status:
        raise KitError(
            f"The environment cannot be built: {' '.join(command[:3])} failed. " + "\n".join(lines)
        )


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until nobody else builds for this kit."""
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path, kit_name: str) -> None:
    """Remove builds of the kit but the latest ones."""
    builds = [p for p in folder.glob(f"{kit_name}-*") if p.is_dir() and _is_build_of(p.name, kit_name)]
    for old in sorted(builds, key=lambda p: p.stat().st_mtime)[:-_KEPT_BUILDS]:
        shutil.rmtree(old, ignore_errors=True)


def _is_build_of(folder_name: str, kit_name: str) -> bool:
    return folder_name.removeprefix(f"{kit_name}-").count("-") == 1
