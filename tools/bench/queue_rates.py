"""How many jobs a second pass through the queue, on SQLite and PostgreSQL, with 1, 4 and 16 worker processes.

    python tools/bench/queue_rates.py
    python tools/bench/queue_rates.py --database sqlite --workers 1 4
    python tools/bench/queue_rates.py --quick               small, to see that it works

The workers call the services as a worker does, without any training, until the queue is empty. *Finish* claims a job
and ends it. *Record* claims a job, starts it and records the scores of its submission. Each round empties one queue
for each way, and all ways take turns. Then one process claims jobs from long queues, and from short ones of events
with many scored submissions.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import delete  # noqa: E402

from databoard.clock import utc_now  # noqa: E402
from databoard.models import Team, User  # noqa: E402
from databoard.services.base.database import transaction  # noqa: E402
from databoard.services.queue import jobs  # noqa: E402
from databoard.services.queue.order import QUEUED_STEPS  # noqa: E402
from tools.bench import course, crowd, databases, measuring  # noqa: E402
from tools.bench.course import Course  # noqa: E402
from tools.bench.measuring import Spread  # noqa: E402
from tools.bench.queue_workers import PASSES, Crew  # noqa: E402

N_TEAMS = 40


@dataclass(frozen=True)
class Queue:
    """A database with an event, and the workers that empty its queue."""

    title: str
    course: Course
    crew: Crew

    def empty(self, way: str, n_workers: int, n_jobs: int) -> float:
        """Fill the queue and let the workers empty it; return the jobs per second."""
        refill(self.course, n_jobs)
        return self.crew.rate(way, n_workers, n_jobs)


def main() -> None:
    """Measure what the command line asks for and print tables."""
    options = parser().parse_args()
    if options.quick:
        options.workers, options.jobs, options.sizes, options.rounds = [1, 2], 10, [20, 40], 1
    measuring.say_facts()
    kinds = [options.database] if options.database else databases.KINDS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="databoard-bench-")))
        problems = course.prepare_kits(folder)
        servers = {kind: stack.enter_context(databases.databases(kind)) for kind in kinds}
        queues = [
            stack.enter_context(opened(kind, servers[kind]("queue"), folder / kind, problems, options))
            for kind in kinds
        ]
        print(rates(queues, options.workers, options.jobs, options.rounds), flush=True)
        courses = {
            (kind, what, size): stack.enter_context(
                filled(servers[kind](f"{what}{size}"), folder / f"{kind}-{what}-{size}", problems, what, size)
            )
            for kind in kinds
            for what in ("waiting", "scored")
            for size in options.sizes
        }
        print("\n" + claims(courses, options.sizes, options.claims))


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--database", choices=databases.KINDS, help="default: each")
    words.add_argument("--workers", type=int, nargs="+", default=[1, 4, 16], help="how many processes")
    words.add_argument("--jobs", type=int, default=160, help="in the queue that they empty")
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument(
        "--sizes", type=int, nargs="+", default=list(measuring.SIZES), help="of the long queues"
    )
    words.add_argument("--claims", type=int, default=15, help="from each long queue")
    words.add_argument("--quick", action="store_true", help="one round of a small queue, two sizes")
    return words


@contextmanager
def opened(kind: str, url: str, home: Path, problems: Path, options: argparse.Namespace) -> Iterator[Queue]:
    """Yield a queue with as many workers as may be asked for."""
    with course.opened(url, home, problems) as place, Crew(place, max(options.workers)) as crew:
        yield Queue(databases.title(kind, url), place, crew)


@contextmanager
def filled(url: str, home: Path, problems: Path, what: str, size: int) -> Iterator[Course]:
    """Yield a course with so many submissions that wait, or that were scored beside a few that wait."""
    with course.opened(url, home, problems) as place:
        with transaction(place.sessions) as session:
            event, now = place.event(session), utc_now()
            if what == "scored":
                crowd.add_scored(session, event, size, now=now)
            n_waiting = size if what == "waiting" else 2 * N_TEAMS
            crowd.add_waiting(session, event, n_waiting, n_teams=max(1, n_waiting // 5), now=now)
        databases.settle(url)
        yield place


def refill(place: Course, n_jobs: int) -> None:
    """Remove the teams of earlier rounds with all that they have, and let so many submissions wait."""
    with transaction(place.sessions) as session:
        for kind in (Team, User):
            session.execute(delete(kind).where(kind.name.like("team%")))
        crowd.add_waiting(session, place.event(session), n_jobs, n_teams=min(N_TEAMS, n_jobs), now=utc_now())
    databases.settle(place.url)


def rates(queues: Sequence[Queue], counts: Sequence[int], n_jobs: int, rounds: int) -> str:
    """Return a table of jobs per second: a row for each database and way, a column for each number of workers."""
    ways: dict[str, Callable[[], float]] = {
        f"{queue.title}, {way}, {n}": partial(queue.empty, way, n, n_jobs)
        for queue in queues
        for way in PASSES
        for n in counts
    }
    found = measuring.in_turns(ways, rounds=rounds)
    rows = [
        [f"{queue.title}, {way}", *(Spread.of(found[f"{queue.title}, {way}, {n}"]).text(0) for n in counts)]
        for queue in queues
        for way in PASSES
    ]
    head = ["jobs per second", *(f"{n} worker{'s' * (n > 1)}" for n in counts)]
    return measuring.table(head, rows)


def claims(courses: dict[tuple[str, str, int], Course], sizes: Sequence[int], n_claims: int) -> str:
    """Return a table of the milliseconds of one claim, with its growth."""
    ways = {f"{key}": partial(claim_s, place) for key, place in courses.items()}
    for way in ways.values():
        way()  # what is compiled and opened once is not measured
    found = measuring.in_turns(ways, rounds=n_claims)
    rows = []
    for kind, what in dict.fromkeys((kind, what) for kind, what, _ in courses):
        spreads = [Spread.of(found[f"{(kind, what, size)}"]) for size in sizes]
        title = databases.title(kind, courses[kind, what, sizes[0]].url)
        texts = [spread.text(1, scale=1e3) for spread in spreads]
        growth = measuring.growth(sizes, [spread.median for spread in spreads])
        rows.append([f"{title}, so many submissions {what}", *texts, growth])
    return measuring.table(["one claim [ms], alone", *(f"{size:,}" for size in sizes), "cost"], rows)


def claim_s(place: Course) -> float:
    """Claim one job; return the seconds until it was committed."""

    def claim() -> None:
        with transaction(place.sessions) as session:
            if jobs.claim_next(session, worker="bench", now=utc_now(), steps=QUEUED_STEPS) is None:
                raise SystemExit("The queue is empty; give larger sizes or fewer claims.")

    return measuring.timed(claim)


if __name__ == "__main__":
    main()
