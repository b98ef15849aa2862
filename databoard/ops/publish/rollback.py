"""Serve an earlier release again. Called by ``fab rollback``.

An earlier release needs the database at its own revision. Going back removes what later migrations added, so that is
done only when it is asked for.
"""

import json
from collections.abc import Callable

from databoard.errors import RuleError
from databoard.ops.publish import publish_software, releases
from databoard.ops.publish.hosts import Host, connected
from databoard.ops.publish.layout import Layout
from databoard.ops.publish.releases import must
from databoard.ops.publish.targets import Target


def roll_back(target: Target, *, name: str, is_downgrade: bool, begin: Callable[[str], None]) -> list[str]:
    """Serve the release `name` of `target` again; return what was done.

    Parameters
    ----------
    is_downgrade : bool
        Take the database back too, where the release needs it, and lose what later migrations added.

    Raises
    ------
    RuleError
        If it is served already, needs the database at another revision, or does not answer. Then nothing is changed.
    """
    layout = Layout(target.path)
    begin(f"connecting to {target.host or 'this machine'}")
    with connected(target) as host, releases.locked(host, layout):
        release = releases.release_by_name(host, layout, name)
        if release.is_current:
            raise RuleError(f"{name} is served already.")
        current = layout.release(releases.current_name(host, layout))
        check = json.loads(
            must(host.run(layout.step(current, "check-migration")), "read the database's revision")
        )
        if release.revision == check["revision"]:
            return publish_software.change(host, target, layout, name, begin=begin)
        if not is_downgrade:
            raise RuleError(
                f"{name} works with the database at revision {release.revision}; it is at {check['revision']}. Going "
                "back removes what later migrations added, with its data. Make a backup (fab backup), then: "
                f"fab rollback:{name},target={target.name},downgrade=True"
            )
        begin("backing up what is there")
        made = back_up_first(host, layout, current)
        begin("taking the database back")
        must(host.run(layout.step(current, "migrate", release.revision)), "take the database back")
        try:
            return made + publish_software.change(host, target, layout, name, begin=begin)
        except RuleError:
            must(host.run(layout.step(current, "migrate", check["revision"])), "bring the database up again")
            raise


def back_up_first(host: Host, layout: Layout, folder: str) -> list[str]:
    """In production make a backup with the release in `folder`; return what that printed.

    Raises
    ------
    RuleError
        If it cannot be made. Then nothing is changed.
    """
    environment = must(host.run(layout.step(folder, "check-settings")), "read the settings")
    if environment.strip() != "production":
        return []
    made = must(host.run(layout.in_release(folder, "-m", "fabric", "backup")), "back up what is there")
    return made.strip().splitlines()
