"""Print one screen about the site, and close or open it. Called by the tasks of `site`."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

from databoard import __version__
from databoard.errors import RuleError
from databoard.ops import site
from databoard.queries import checks, release
from databoard.queries.checks import Check, CheckState, Site
from databoard.services.base import maintenance
from databoard.services.base.database import open_database
from databoard.tasks import output

if TYPE_CHECKING:
    from config import Config


def show(config: "Config", format: str, *, is_with_settings: bool, now: datetime) -> int:
    """Print every check, and the settings that are not the default or all; return 1 when something does not work."""
    with open_database(config, may_make_file=False) as database, database.sessions() as session:
        found = checks.run(Site(session, config, now))
    if format == "table":
        print(heading(config))
        print("\n".join(lines_of(found)))
    else:
        output.show(checks.records(found), format)
    shown = [row for row in setting_records(config) if is_with_settings or row["source"] != "default"]
    if format == "table" or is_with_settings:
        print("", file=sys.stdout if format == "table" else sys.stderr)
        output.show(shown, format)
    return 1 if checks.worst(found) is CheckState.fail else 0


def heading(config: "Config") -> str:
    """Return version, release, kind of site and where its data lie."""
    published = f", release {release.name()}" if release.name() else ""
    return f"Databoard {__version__}{published}, {config.environment}, data in {config.home}"


def lines_of(found: tuple[Check, ...]) -> list[str]:
    """Return a line a check, and below what wants a hand the command that fixes it."""
    width = max(len(row.name) for row in found)
    lines = []
    for row in found:
        lines.append(f"{row.state:<4}  {row.name:<{width}}  {row.text}")
        if row.fix and row.state is not CheckState.ok:
            lines.append(f"{'':<4}  {'':<{width}}  fix: {row.fix}")
    return lines


def setting_records(config: "Config") -> list[dict[str, object]]:
    """Return every setting with its value, secrets masked, and where it comes from."""
    return [{"setting": name, "value": value, "source": source} for name, value, source in config.shown()]


def switch(config: "Config", state: str, message: str, *, now: datetime) -> str:
    """Close or open the site, or only look; return what to print. The audit is written when the database answers."""
    if not state:
        return _said(maintenance.state(config.home))
    if state == "off" and message:
        raise RuleError("A message is for maintenance:on.")
    if state == "on":
        found = maintenance.turn_on(config.home, message)
        why_not = site.record_alone(config, "close_site", now=now)
        text = _said(found)
    else:
        was_closed = maintenance.turn_off(config.home)
        why_not = site.record_alone(config, "open_site", now=now) if was_closed else ""
        text = "The site is open." if was_closed else "The site was open already."
    if why_not:
        print(f"Not in the audit log, because the database does not answer: {why_not}", file=sys.stderr)
    return text


def _said(found: "maintenance.Maintenance | None") -> str:
    if found is None:
        return "The site is open."
    return f"The site is closed since {found.since:%Y-%m-%d %H:%M} UTC. Message: {found.message or 'none'}"
