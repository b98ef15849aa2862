"""The first screen of an administrator: every check, what waits and runs, which workers there are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from databoard.queries import checks
from databoard.queries.checks import Check, CheckState, Site
from databoard.queries.overview import Notice, WaitingJob, notices, oldest_waiting
from databoard.queries.workers import WorkerState
from databoard.services.base import maintenance
from databoard.services.base.maintenance import Maintenance

#: What the worst check means for the site, and the colour of its alert.
VERDICTS = {
    CheckState.ok: ("success", "Everything works"),
    CheckState.warn: ("warning", "It works; something wants a look"),
    CheckState.fail: ("danger", "Something does not work"),
}


@dataclass(frozen=True)
class SiteView:
    """Everything the screen shows; the counts have every state."""

    checks: tuple[Check, ...]
    verdict: Notice
    notices: tuple[Notice, ...]
    n_jobs: Mapping[str, int]
    n_workers: Mapping[str, int]
    oldest_waiting: WaitingJob | None
    maintenance: Maintenance | None


def view(site: Site) -> SiteView:
    """Return the screen; three queries, and those of checks that ask more."""
    found = checks.run(site)
    n_workers = Counter(str(one.state) for one in site.workers)
    kind, title = VERDICTS[checks.worst(found)]
    wrong = ", ".join(row.name for row in found if row.state is not CheckState.ok)
    return SiteView(
        checks=found,
        verdict=Notice(kind, title, f"Look at: {wrong}." if wrong else "No check found anything to do."),
        notices=notices(site.workers, jail=site.config.jail, n_waiting=site.numbers.n_jobs["waiting"]),
        n_jobs=site.numbers.n_jobs,
        n_workers={str(state): n_workers[str(state)] for state in WorkerState},
        oldest_waiting=oldest_waiting(site.session),
        maintenance=maintenance.state(site.config.home),
    )
