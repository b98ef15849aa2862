"""Write the statistics of the site as CSV files into the folder of statistics. Called by the fab tasks."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from databoard.queries import statistics
from databoard.queries.tables import activity
from databoard.runner.atomic_files import written_whole

if TYPE_CHECKING:
    from config import Config


def write_year(
    config: "Config", session: Session, year: int, *, now: datetime
) -> tuple[Path, list[dict[str, object]]]:
    """Write ``databoard_<year>.csv``; return its path and its records."""
    records = [activity.record(row, year) for row in statistics.yearly(session, year, now=now)]
    return _write(config, f"databoard_{year}.csv", records), records


def write_events(config: "Config", session: Session) -> tuple[Path, list[dict[str, object]]]:
    """Write ``events.csv``, a row a public event; return its path and its records."""
    base = f"https://{config.hosts[0].lstrip('.')}" if config.hosts and config.hosts[0] != "*" else ""
    records: list[dict[str, object]] = [
        {
            "event": event.name,
            "title": event.title,
            "problem": event.problem_name,
            "year": event.opens_at and event.opens_at.year,
            "opens_at": event.opens_at and event.opens_at.isoformat(),
            "closes_at": event.closes_at and event.closes_at.isoformat(),
            "days": event.days,
            "teams": event.n_teams,
            "submissions": event.n_submissions,
            "url": f"{base}/events/{event.name}",
        }
        for event in statistics.public_events(session)
    ]
    return _write(config, "events.csv", records), records


def _write(config: "Config", name: str, records: list[dict[str, object]]) -> Path:
    text = io.StringIO(newline="")
    if records:
        writer = csv.DictWriter(text, fieldnames=list(records[0]))
        writer.writeheader()
        writer.writerows(records)
    path = config.home / "statistics" / name
    with written_whole(path) as file:
        file.write(text.getvalue().encode())
    return path
