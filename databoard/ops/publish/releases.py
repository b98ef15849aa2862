"""What is published on a target: list releases, name the current one, switch, remove old ones, lock."""

import json
import os
import re
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from databoard.errors import Conflict, NotFound, RuleError
from databoard.ops.publish.hosts import Done, Host
from databoard.ops.publish.layout import Layout

#: In the folder of a release once it is complete.
RECORD = "release.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Release:
    """A complete release.

    Attributes
    ----------
    name : str
        The tag, or the beginning of the commit.
    commit : str
    published_at : str
        ISO 8601, UTC.
    revision : str
        The newest revision of the database that it knows.
    """

    name: str
    commit: str
    published_at: str
    revision: str
    is_current: bool = False


def require_name(name: str) -> str:
    """Return `name` if a release may be called so: it becomes the name of a folder."""
    if not _NAME.fullmatch(name):
        raise RuleError(f"Expected a name of letters, digits, points, dashes and underscores, got {name!r}.")
    return name


def current_name(host: Host, layout: Layout) -> str:
    """Return the name of the release that is served, empty when there is none."""
    done = host.run(f"readlink {shlex.quote(layout.current)}")
    return done.out.strip().rpartition("/")[2] if done.is_ok else ""


def releases(host: Host, layout: Layout) -> list[Release]:
    """Return every complete release, the latest first."""
    done = host.run(f"cd {shlex.quote(layout.releases)} 2>/dev/null && cat */{RECORD} 2>/dev/null; true")
    current = current_name(host, layout)
    records = [json.loads(line) for line in done.out.splitlines() if line.strip()]
    found = [Release(**record, is_current=record["name"] == current) for record in records]
    return sorted(found, key=lambda release: release.published_at, reverse=True)


def release_by_name(host: Host, layout: Layout, name: str) -> Release:
    """Return the release called `name`.

    Raises
    ------
    NotFound
        Naming those that there are.
    """
    found = {release.name: release for release in releases(host, layout)}
    if name not in found:
        raise NotFound(
            f"There is no release {name!r} on the target. There are: {', '.join(found) or 'none'}."
        )
    return found[name]


def switch(host: Host, layout: Layout, name: str) -> None:
    """Let the link name another release, or none for an empty name; no reader ever finds it missing."""
    current = shlex.quote(layout.current)
    if not name:
        must(host.run(f"rm -f {current}"), "remove the link")
        return
    draft = shlex.quote(f"{layout.current}.new")
    # `mv -T` renames over the link (rename(2)); `ln -sf` would remove it first.
    command = f"ln -sfn {shlex.quote(f'releases/{name}')} {draft} && mv -T {draft} {current}"
    must(host.run(command), f"switch to {name}")


def remove_old(host: Host, layout: Layout, *, keep: int, previous: str) -> list[str]:
    """Remove all but the latest `keep` releases, never the current or the previous one; return the names."""
    old = [
        release
        for release in releases(host, layout)[keep:]
        if not release.is_current and release.name != previous
    ]
    for release in old:
        must(host.run(f"rm -rf {shlex.quote(layout.release(release.name))}"), f"remove {release.name}")
    _remove_unused_packages(host, layout)
    return [release.name for release in old]


def _remove_unused_packages(host: Host, layout: Layout) -> None:
    """Remove the sets of packages that no release is made of."""
    used = set(host.run(f"cat {shlex.quote(layout.releases)}/*/.venv/packages 2>/dev/null").out.split())
    for name in host.run(f"ls {shlex.quote(layout.environments)}").out.split():
        if used and name not in used:
            host.run(f"rm -rf {shlex.quote(f'{layout.environments}/{name}')}")


def must(done: Done, what: str) -> str:
    """Return what a command printed; raise when it failed.

    Raises
    ------
    RuleError
        With what it said.
    """
    if not done.is_ok:
        raise RuleError(f"Expected to {what}, could not: {done.reason()}")
    return done.out


@contextmanager
def locked(host: Host, layout: Layout) -> Iterator[None]:
    """Keep others from publishing to the target at the same time.

    Raises
    ------
    Conflict
        Naming who does.
    """
    lock, words = (
        shlex.quote(layout.lock),
        shlex.quote(f"{os.environ.get('USER', 'somebody')} at {socket.gethostname()}"),
    )
    must(host.run(f"mkdir -p {shlex.quote(layout.path)}"), f"make {layout.path}")
    if not host.run(f"(set -C; echo {words} $(date -u +%FT%TZ) > {lock}) 2>/dev/null").is_ok:
        who = host.run(f"cat {lock}").out.strip() or "somebody"
        raise Conflict(f"{who} publishes there. If that is over, remove the lock: rm {layout.lock}")
    try:
        yield
    finally:
        with suppress(RuleError):  # the connection may be what was lost
            host.run(f"rm -f {lock}")
