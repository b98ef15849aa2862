"""Check a kit as the server would use it: on a copy, in its environment, its starting kit in the jail.

Called by ``fab check_problem``. Needs no database, and writes nothing into the kit.
"""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from databoard import kits
from databoard.errors import KitError
from databoard.kits import Environment, EventSpec, Finding, Kit
from databoard.kits.checks.findings import Source
from databoard.kits.data import has_data
from databoard.kits.texts import CONDA, PROBLEM, REQUIREMENTS
from databoard.ops import trial

if TYPE_CHECKING:
    from config import Config


_PREPARATION = ("prepare_raises", "prepare_writes_nothing")


def check_problem(
    config: "Config", *, name: str, begin: Callable[..., None] = lambda step, share=None: None
) -> list[Finding]:
    """Return everything that is wrong with the kit `name`; an empty list is a kit that works.

    Parameters
    ----------
    begin : callable
        Called with the name of each step that may take long, before it.

    Raises
    ------
    NotFound
        If there is no such kit.
    """
    path = kits.kit_path(config.problems, name)
    try:
        environment = kits.find_environment(config.home, path)
    except KitError as error:
        file = REQUIREMENTS if (path / REQUIREMENTS).is_file() else CONDA
        return [
            _error(
                "environment_missing",
                f"Expected the kit's environment to be ready, got: {error}",
                f"fab build_env:{name}",
                file=file,
            )
        ]
    with tempfile.TemporaryDirectory(prefix="databoard-check-") as folder:
        copy = _copied(path, Path(folder) / "problems" / name)
        begin("preparing and reading the kit and its data")
        findings = _check_copy(path, copy, environment) + _stale_data(path, copy)
        begin("splitting the data into folds")
        try:
            kit, folds = kits.describe_with_folds(copy, environment)
        except KitError as error:
            return findings + _without_folds(copy, environment, findings, error)
        findings += kits.check_events(kit)
        findings += trial.try_starting_kit(
            config,
            kit,
            folds,
            environment,
            limits_of=_first_event(kit),
            home=Path(folder) / "home",
            begin=begin,
        )
    return findings


def _without_folds(
    path: Path, environment: Environment | None, findings: list[Finding], error: KitError
) -> list[Finding]:
    """Return what can be found when the kit's folds cannot be had."""
    found = []
    if not any(finding.severity == "error" for finding in findings):
        found.append(
            _error("kit_refused", f"Expected a kit that can be added, got: {error}", "Fix it there.")
        )
    with contextlib.suppress(KitError):  # said already
        found += kits.check_events(kits.describe(path, environment))
    return [*found, _not_run("the errors above come first")]


def _copied(path: Path, target: Path) -> Path:
    """Copy a kit; of its data only what ``prepare_data`` reads, when it has one."""
    shutil.copytree(path, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    is_prepared_anew = Source(path / PROBLEM).line("prepare_data") is not None
    if is_prepared_anew and (target / "data").is_dir():
        for part in (target / "data").iterdir():
            if part.name != "raw":
                shutil.rmtree(part) if part.is_dir() and not part.is_symlink() else part.unlink()
    return target


def _check_copy(path: Path, copy: Path, environment: Environment | None) -> list[Finding]:
    """Check the copy; with the data of the kit itself when it has some and cannot prepare them any more."""
    try:
        findings = kits.check(copy, environment)
        prepared = [finding for finding in findings if finding.code in _PREPARATION]
        if prepared and has_data(path):
            shutil.rmtree(copy / "data", ignore_errors=True)
            shutil.copytree(path / "data", copy / "data")
            findings = [replace(finding, severity="warning") for finding in prepared]
            findings += kits.check(copy, environment)
    except KitError as error:
        return [_error("kit_dies", f"Expected the kit to be read, got: {error}", "Fix what it printed last.")]
    return findings


def _stale_data(path: Path, copy: Path) -> list[Finding]:
    """Compare the data that lie in the kit with those that were just prepared."""
    if not has_data(path) or not has_data(copy):
        return []
    there, new = _digests(path), _digests(copy)
    differ = sorted(name for name in there.keys() | new.keys() if there.get(name) != new.get(name))
    if not differ:
        return []
    line = Source(path / PROBLEM).line("prepare_data")
    return [
        Finding(
            "warning",
            "data_stale",
            PROBLEM,
            line,
            f"Expected prepare_data to write the same data again, got other data in {', '.join(differ)}: "
            "it has changed, or it draws random numbers without a seed.",
            "Give it a seed. To use the new data, remove data/private and data/public, then add the "
            "problem and its events again.",
        )
    ]


def _digests(path: Path) -> dict[str, str]:
    found = {}
    for folder in ("private", "public"):
        for file in sorted((path / "data" / folder).rglob("*")):
            if file.is_file():
                with file.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                found[file.relative_to(path).as_posix()] = digest
    return found


def _first_event(kit: Kit) -> EventSpec:
    for event_name in kits.event_names(kit.path):
        try:
            return kits.load_event(kit, event_name)
        except KitError:
            continue  # and said to be wrong
    return kits.default_event(kit)


def _not_run(why: str) -> Finding:
    return Finding(
        "warning",
        "not_run",
        "starting_kit/",
        None,
        f"Expected to train the starting kit, did not: {why}.",
        "Fix that, then check again.",
    )


def _error(code: str, what: str, fix: str, file: str = PROBLEM) -> Finding:
    return Finding("error", code, file, None, what, fix)
