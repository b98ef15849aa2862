"""Publish the server's code: build beside the current release, check, migrate, switch, wait; go back when it fails.

Called by ``fab publish_software``. Until the switch nothing that is served changes.
"""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from databoard.errors import RuleError
from databoard.ops.publish import building, releases
from databoard.ops.publish.building import Version
from databoard.ops.publish.hosts import Host, connected
from databoard.ops.publish.layout import Layout
from databoard.ops.publish.releases import must
from databoard.ops.publish.targets import Target

#: A shipped problem that is small and needs nothing beyond the server's own packages.
TRIAL = "iris"
Begin = Callable[[str], None]


@dataclass(frozen=True)
class Published:
    """What a publication did."""

    release: str
    previous: str
    lines: tuple[str, ...]


def publish(target: Target, *, tag: str, now: datetime, begin: Begin) -> Published:
    """Publish `tag`, or what is checked out, to `target` and return what was done.

    Parameters
    ----------
    begin : callable
        Called with the name of each step, before it.

    Raises
    ------
    RuleError
        If a step fails. The release before is served then, on its own revision of the database.
    """
    wanted = building.version(tag)
    layout = Layout(target.path)
    begin(f"connecting to {target.host or 'this machine'}")
    with connected(target) as host, releases.locked(host, layout):
        building.prepare(host, layout)
        lines = [building.build(host, target, layout, wanted, now=now, begin=begin)]
        previous = releases.current_name(host, layout)
        lines += _checked(host, layout, wanted, begin)
        lines += change(host, target, layout, wanted.name, begin=begin)
        removed = releases.remove_old(host, layout, keep=target.keep, previous=previous)
        lines += [f"Removed old releases: {', '.join(removed)}."] if removed else []
    return Published(wanted.name, previous, tuple(lines))


def change(host: Host, target: Target, layout: Layout, name: str, *, begin: Begin) -> list[str]:
    """Bring the database to the release `name`, serve it, and go back to what was served when that fails."""
    previous = releases.current_name(host, layout)
    folder = layout.release(name)
    check = json.loads(must(host.run(layout.step(folder, "check-migration")), "try the migration"))
    begin("migrating the database")
    try:
        lines = _migrated(host, layout, folder, check["revision"], check["newest"])
        begin("switching")
        releases.switch(host, layout, name)
        lines += _served(host, target, layout, name, begin)
    except (RuleError, KeyboardInterrupt) as error:
        why = str(error) or "It was broken off."
        try:
            _go_back(host, target, layout, folder, check["revision"], previous, begin)
        except RuleError as second:
            raise RuleError(
                f"{name} is not published, and going back failed: {second} Before that: {why}"
            ) from None
        was = f"{previous} is served" if previous else "no release is served"
        raise RuleError(f"{name} is not published, {was}. {why}") from None
    return lines


def _checked(host: Host, layout: Layout, wanted: Version, begin: Begin) -> list[str]:
    """Check settings, migration and jail with the new release; return what was found."""
    folder = layout.release(wanted.name)
    begin("checking the settings")
    must(host.run(layout.step(folder, "check-settings")), f"start with the settings in {layout.env_file}")
    begin("trying the migration")
    check = json.loads(must(host.run(layout.step(folder, "check-migration")), "try the migration"))
    if check["breaks"] and releases.current_name(host, layout):
        raise RuleError(
            f"The migration to {check['newest']} breaks the release that is served: {'; '.join(check['breaks'])}. "
            "Publish first a release that works with both, or stop the services and migrate by hand (docs/deploy.md)."
        )
    begin("running a trial submission through the jail")
    command = layout.step(folder, "trial", TRIAL, DATABOARD_PROBLEMS=f"{folder}/problems")
    return [must(host.run(command), "run a trial submission").strip()]


def _migrated(host: Host, layout: Layout, folder: str, there: str, newest: str) -> list[str]:
    if there == newest:
        return []
    return [
        must(host.run(layout.step(folder, "migrate", newest)), "migrate the database")
        .strip()
        .splitlines()[-1]
    ]


def _served(host: Host, target: Target, layout: Layout, name: str, begin: Begin) -> list[str]:
    """Let the services take over the current release and wait until it answers."""
    if target.services == "none":
        return [f"{layout.current} is {name}. Run it with: {start_command(layout)}"]
    begin("letting the services take it over")
    _take_over(host, target, layout)
    begin("waiting until it answers")
    must(host.run(layout.step(layout.current, "await-ready", name, str(target.ready_s))), "get an answer")
    n_drained = must(host.run(layout.step(layout.current, "drain-workers")), "let the workers finish").strip()
    return [f"{name} answers. Other workers that finish their job and start again: {n_drained}."]


def _take_over(host: Host, target: Target, layout: Layout) -> None:
    """Let the services change to the current release, or start them."""
    served = layout.step(layout.current, "served-release")
    if target.services == "keeper" and must(host.run(served), "read the state of the services").strip():
        change_release = layout.step(layout.current, "change-release", str(target.ready_s))
        must(host.run(change_release), "serve it")
    else:
        must(host.run(target.start or _start_in_background(layout)), "start the services")


def _go_back(
    host: Host, target: Target, layout: Layout, folder: str, revision: str, previous: str, begin: Begin
) -> None:
    """Take the database back with the code that brought it up, then serve the release before."""
    begin("going back")
    must(host.run(layout.step(folder, "migrate", revision)), "take the database back")
    if releases.current_name(host, layout) == previous:
        return
    releases.switch(host, layout, previous)
    if previous and target.services != "none":
        _served(host, target, layout, previous, begin)


def start_command(layout: Layout) -> str:
    """Return the command that runs the services in the foreground."""
    return layout.in_release(layout.current, "-m", "fabric", "run-services").replace("exec ", "")


def _start_in_background(layout: Layout) -> str:
    logs, inner = (
        shlex.quote(f"{layout.home}/logs"),
        shlex.quote(layout.in_release(layout.current, "-m", "fabric", "run-services")),
    )
    return f"mkdir -p {logs} && (setsid nohup /bin/sh -c {inner} < /dev/null >> {logs}/services.log 2>&1 &)"
