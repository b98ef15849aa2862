"""Whether live pages stay quick: 200 pages that poll every 2 s while a worker trains 30 submissions.

    python tools/bench/polling.py
    python tools/bench/polling.py --database sqlite --pages 100 --submissions 10
    python tools/bench/polling.py --quick                 small, to see that it works

Each submission is of another student. Every second page is the list of a student's submissions, the others are the
page of the submission. Both ask as htmx does (``hx-trigger="every 2s"``): for the part alone, again 2 s after the
answer. They go on when the submission has ended, where a browser stops. Gunicorn has two processes. The worker is
that of ``fab worker``, on the same machine. First the pages poll without a worker.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, select  # noqa: E402

from databoard.clock import utc_now  # noqa: E402
from databoard.models import Submission  # noqa: E402
from databoard.services.base.database import transaction  # noqa: E402
from databoard.services.people import accounts  # noqa: E402
from databoard.services.submissions import submit  # noqa: E402
from databoard.states import FINAL_STATES, SubmissionState  # noqa: E402
from tools.bench import course, databases, measuring, web_site  # noqa: E402
from tools.bench.course import EVENT, PASSWORD, Course  # noqa: E402
from tools.bench.http_load import Found, Load, get  # noqa: E402
from tools.bench.web_site import Site  # noqa: E402

#: As `hx-trigger` of the live parts says.
EVERY_S = 2.0
#: More than all submissions take; a job of the load ends then.
STUCK_S = 900.0


def main() -> None:
    """Measure what the command line asks for and print a table."""
    options = parser().parse_args()
    if options.quick:
        options.pages, options.submissions, options.alone = 6, 1, 2.0
    measuring.say_facts()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="databoard-bench-") as name:
        problems = course.prepare_kits(Path(name))
        for kind in [options.database] if options.database else databases.KINDS:
            with databases.databases(kind) as new_database:
                url = new_database("polling")
                title = databases.title(kind, url)
                alone, busy = measure(url, Path(name) / kind, problems, options)
            rows += [
                row(f"{title}, no worker", alone),
                row(f"{title}, {options.submissions} in training", busy),
            ]
    head = [
        f"{options.pages} pages",
        "polls",
        "errors",
        "polls per second",
        "p50 [ms]",
        "p95 [ms]",
        "longest [ms]",
    ]
    print(measuring.table(head, rows))


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--database", choices=databases.KINDS, help="default: each")
    words.add_argument("--pages", type=int, default=200, help="that poll")
    words.add_argument("--submissions", type=int, default=30, help="that run")
    words.add_argument("--alone", type=float, default=20.0, help="seconds of polling without a worker")
    words.add_argument("--quick", action="store_true", help="one submission, six pages")
    return words


def measure(url: str, home: Path, problems: Path, options: argparse.Namespace) -> tuple[Found, Found]:
    """Return what polls found before a worker started, and from then to the end of the last submission."""
    environment = web_site.settings(home, problems, url)
    with (
        course.opened(url, home, problems) as place,
        web_site.serve(environment) as site,
        Load(site.port) as load,
    ):
        slugs = [hand_in(place, f"student{number}") for number in range(options.submissions)]
        requests = list(polls(site, slugs))
        words = {"n_connections": options.pages, "pause_s": EVERY_S}
        alone = load.run(requests, seconds=options.alone, **words)
        load.start(requests, seconds=STUCK_S, **words)
        with web_site.worker(environment) as process:
            await_ends(place, process)
        load.stop()
        return alone, load.result()


def hand_in(place: Course, name: str) -> str:
    """Let a new student submit the starting kit; return the address of the submission."""
    with transaction(place.sessions) as session:
        team = course.add_student(session, place, name, now=utc_now())
        user = accounts.user_by_name(session, name)
        submission = submit.submit(
            session, event_team=team, user=user, name="starting_kit", store=place.store, now=utc_now()
        )
        return submission.slug


def polls(site: Site, slugs: list[str]) -> Iterator[str]:
    """Yield for each student the two requests that their open pages send."""
    for number, slug in enumerate(slugs):
        cookie = site.log_in(f"student{number}", PASSWORD)
        for path in (f"/events/{EVENT}/my_submissions", f"/submissions/{slug}"):
            yield get(path, cookie, hx_request="true", hx_current_url=f"http://127.0.0.1{path}")


def await_ends(place: Course, process: "subprocess.Popen[bytes]") -> None:
    """Return when every submission has ended.

    Raises
    ------
    SystemExit
        If the worker ends, or a submission fails: then something else was measured.
    """
    states = select(Submission.state, func.count(Submission.id)).group_by(Submission.state)
    deadline_s = time.monotonic() + STUCK_S - 60
    while process.poll() is None and time.monotonic() < deadline_s:
        with transaction(place.sessions) as session:
            found = dict(session.execute(states).all())
        if found.keys() <= FINAL_STATES:
            if found.keys() != {SubmissionState.scored}:
                raise SystemExit(f"Expected every submission to be scored, got {found}.")
            return
        time.sleep(0.5)
    raise SystemExit(f"The submissions did not end; the exit code of the worker is {process.poll()}.")


def row(title: str, found: Found) -> list[str]:
    """Return a row of the table."""
    p50_s, p95_s, longest_s = (measuring.percentile(found.latencies_s, share) for share in (0.5, 0.95, 1.0))
    times = [f"{1000 * value:.0f}" for value in (p50_s, p95_s, longest_s)]
    return [
        title,
        f"{len(found.latencies_s):,}",
        str(found.n_other_than(200, 304)),
        f"{found.rate:.0f}",
        *times,
    ]


if __name__ == "__main__":
    main()
