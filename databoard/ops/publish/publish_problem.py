"""Publish a kit: copy it beside the one that is served, check it there, then switch.

Called by ``fab publish_problem``. A kit that the check refuses changes nothing: the one before is served.
"""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from databoard import kits
from databoard.errors import RuleError
from databoard.kits.checks.findings import Source
from databoard.ops.publish import building, releases
from databoard.ops.publish.hosts import Host, connected
from databoard.ops.publish.layout import Layout
from databoard.ops.publish.releases import must
from databoard.ops.publish.targets import Target

if TYPE_CHECKING:
    from config import Config

Begin = Callable[[str], None]
#: What ``prepare_data`` makes, and the target makes again.
_MADE = ("--exclude=/data/private", "--exclude=/data/public")
_CACHES = "--exclude=__pycache__"


@dataclass(frozen=True)
class PublishedKit:
    """What a publication of a kit did; `changes` are the files that differ from the kit before."""

    changes: tuple[str, ...]
    lines: tuple[str, ...]


def publish(config: "Config", target: Target, *, name: str, begin: Begin) -> PublishedKit:
    """Publish the kit `name` of DATABOARD_PROBLEMS to `target`.

    Raises
    ------
    NotFound
        If there is no such kit here.
    RuleError
        If the check on the target finds an error.
    """
    kit_path, layout = kits.kit_path(config.problems, name), Layout(target.path)
    made = _MADE if Source(kit_path / "problem.py").line("prepare_data") is not None else ()
    begin(f"connecting to {target.host or 'this machine'}")
    with connected(target) as host, releases.locked(host, layout):
        building.prepare(host, layout)
        if not releases.current_name(host, layout):
            raise RuleError(
                f"{target.name} has no release yet. Publish one: fab publish_software:target={target.name}"
            )
        new, live = f"{layout.incoming}/{name}", f"{layout.problems}/{name}"
        begin("copying the kit")
        must(host.run(f"rm -rf {shlex.quote(new)} && mkdir -p {shlex.quote(new)}"), "make room for the kit")
        host.copy(kit_path, new, _CACHES, f"--copy-dest={live}", *made)
        changes = _changes(host, new, live, made)
        if not changes:
            return PublishedKit((), (f"{name} is there already; nothing differs.",))
        _check(host, layout, name, begin)
        begin("switching to it")
        switched = must(host.run(layout.step(layout.current, "switch-kit", name, new)), "switch to it")
    return PublishedKit(tuple(changes), tuple(switched.strip().splitlines()))


def _changes(host: Host, new: str, live: str, made: tuple[str, ...]) -> list[str]:
    """Return a line for each file that is new, changed or gone."""
    options = ["--recursive", "--links", "--checksum", "--delete", "--dry-run", "--itemize-changes"]
    words = ["rsync", *options, _CACHES, *made, f"{new}/", f"{live}/"]
    listed = must(host.run(shlex.join(words)), "compare the kits")
    return [line for text in listed.splitlines() if (line := change(text))]


def change(text: str) -> str:
    """Return what a line of rsync's --itemize-changes says about a file; empty for a folder.

    Examples
    --------
    >>> change(">f+++++++++ problem.py"), change(">fcst...... README.md"), change("*deleting   old.py")
    ('new: problem.py', 'changed: README.md', 'gone: old.py')
    """
    what, _, name = text.partition(" ")
    name = name.strip()
    if what == "*deleting":
        return "" if name.endswith("/") else f"gone: {name}"
    if len(what) < 11 or what[1] == "d":
        return ""
    return f"new: {name}" if "+" in what else f"changed: {name}"


def _check(host: Host, layout: Layout, name: str, begin: Begin) -> None:
    """Check the kit on the target, with a home of its own, and prepare its data."""
    settings = {"DATABOARD_PROBLEMS": layout.incoming, "DATABOARD_HOME": f"{layout.incoming}/.home"}
    begin("checking it there: its code, its data, its starting kit in the jail")
    command = layout.in_release(
        layout.current, "-m", "fabric", f"build_env:{name}", f"check_problem:{name}", **settings
    )
    done = host.run(command)
    if not done.is_ok:
        raise RuleError(f"{name} is refused, nothing is changed. {done.out.strip() or done.reason()}")
    begin("preparing its data")
    must(host.run(layout.step(layout.current, "prepare-kit", name, **settings)), "prepare its data")
