"""Checks of single jobs, teams and files: the few that can hold up a site."""

from zoneinfo import ZoneInfo

from databoard.queries.checks.check import Check, CheckState, Site
from databoard.queries.checks.counts import POISON_ATTEMPTS, SEPARATOR
from databoard.services.submissions.quota import MAX_FAILURES_PER_DAY

#: Attempts that let a team go on for the rest of its day.
MORE_ATTEMPTS = 10


def poison_job(site: Site) -> Check | None:
    """Name a job that several workers took and lost."""
    job = site.numbers.troubles.poison_job
    if job is None:
        return None
    text = (
        f"Job {job} was taken {POISON_ATTEMPTS} times or more, and its worker was lost each time. "
        f"It may kill workers: read it with fab show_job:{job}."
    )
    return Check("poison", CheckState.warn, text, f"fab cancel_jobs:job={job}")


def lost_files(site: Site) -> Check | None:
    """Tell which files the latest check found missing or of a wrong size."""
    found = site.numbers.troubles
    if not found.misfit:
        return None
    are = "1 file is" if found.n_misfits == 1 else f"{found.n_misfits} files are"
    text = f"{are} missing or of a wrong size: {found.misfit}. See fab show:storage_findings."
    return Check("files", CheckState.fail, text, _fix_of(found.lost_run))


def runaway_team(site: Site) -> Check | None:
    """Name a team whose jobs are most of what waits."""
    if not site.numbers.troubles.busy_team:
        return None
    event, team, n_waiting = site.numbers.troubles.busy_team.split(SEPARATOR)
    if 2 * int(n_waiting) <= site.numbers.n_jobs["waiting"]:
        return None
    text = f"{n_waiting} of {site.numbers.n_jobs['waiting']} waiting jobs are of team {team} in {event}."
    return Check("teams", CheckState.warn, text, f"fab cancel_jobs:event={event},team={team},state=waiting")


def blocked_team(site: Site) -> Check | None:
    """Name a team that may not submit any more that day, because too many submissions failed."""
    if not site.numbers.troubles.blocked_team:
        return None
    event, team, day, time_zone = site.numbers.troubles.blocked_team.split(SEPARATOR)
    if day < f"{site.now.astimezone(ZoneInfo(time_zone)):%Y-%m-%d}":
        return None
    text = (
        f"Team {team} in {event} may not submit on {day}: {MAX_FAILURES_PER_DAY} submissions or more of that day "
        "ended without a score."
    )
    return Check(
        "quota", CheckState.warn, text, f"fab grant_quota:{event},{team},attempts={MORE_ATTEMPTS},day={day}"
    )


def stuck_mail(site: Site) -> Check | None:
    """Tell that an alert could not be sent."""
    if not site.numbers.troubles.stuck_alert:
        return None
    kind, error = site.numbers.troubles.stuck_alert.split(SEPARATOR, 1)
    text = f"The alert {kind} could not be sent. {error[:1].upper()}{error[1:]}"
    return Check("mail", CheckState.warn, text, "fab tick:only=alerts")


def _fix_of(lost_run: str | None) -> str:
    """Return what brings a file back: predictions are computed again, other files are in a backup."""
    if lost_run is None:
        return "fab backups, copy the file from one, then fab check_storage"
    event, team, name = lost_run.split(SEPARATOR, 2)
    return f"fab rerun:event={event},team={team},submission={name},clean=True, then fab check_storage"
