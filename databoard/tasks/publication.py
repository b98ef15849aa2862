"""What the tasks of `publishing` do: find the target, show the steps, print what was done. Called by `publishing`."""

import shlex
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from databoard.clock import utc_now
from databoard.errors import RuleError
from databoard.ops.publish import building, rollback
from databoard.ops.publish import publish_problem as kit_publication
from databoard.ops.publish import publish_software as code_publication
from databoard.ops.publish import releases as published
from databoard.ops.publish.hosts import connected
from databoard.ops.publish.layout import Layout
from databoard.ops.publish.targets import target_by_name
from databoard.tasks import output
from databoard.tasks.steps import Steps

if TYPE_CHECKING:
    from config import Config

#: More files than this are counted, not named.
MAX_NAMED = 20


def publish_software(config: "Config", *, target_name: str, tag: str) -> None:
    """Publish the code and print what was done."""
    target = target_by_name(config, target_name)
    if not tag and building.is_anything_uncommitted():
        print("Changes that are not committed are not published.", file=sys.stderr, flush=True)
    with Steps(target_name) as begin:
        done = code_publication.publish(target, tag=tag, now=utc_now(), begin=begin)
    for line in done.lines:
        print(line)
    before = f" Before it was {done.previous}." if done.previous not in {"", done.release} else ""
    print(f"{target_name} is at release {done.release}.{before}")


def publish_problem(config: "Config", *, name: str, target_name: str) -> None:
    """Publish a kit and print what changed."""
    target = target_by_name(config, target_name)
    with Steps(name) as begin:
        done = kit_publication.publish(config, target, name=name, begin=begin)
    for line in done.changes[:MAX_NAMED]:
        print(f"  {line}")
    if len(done.changes) > MAX_NAMED:
        print(f"  and {len(done.changes) - MAX_NAMED} files more")
    print("\n".join(done.lines))


def roll_back(config: "Config", *, tag: str, target_name: str, is_downgrade: bool) -> None:
    """Go back and print what was done."""
    target = target_by_name(config, target_name)
    with Steps(target_name) as begin:
        lines = rollback.roll_back(target, name=tag, is_downgrade=is_downgrade, begin=begin)
    print("\n".join([*lines, f"{target_name} is at release {tag}."]))


def show_releases(config: "Config", *, target_name: str, format: str) -> None:
    """Print the releases of a target."""
    output.require_format(format)
    target = target_by_name(config, target_name)
    with connected(target) as host:
        output.show(map(asdict, published.releases(host, Layout(target.path))), format)


def run_on(config: "Config", *, target_name: str, words: str) -> int:
    """Run a fab call on a target, on this terminal; return its exit code."""
    target, layout = target_by_name(config, target_name), None
    layout = Layout(target.path)
    with connected(target) as host:
        if not published.current_name(host, layout):
            raise RuleError(
                f"{target_name} has no release yet. Publish one: fab publish_software:target={target_name}"
            )
        return host.attach(layout.in_release(layout.current, "-m", "fabric", *shlex.split(words)))
