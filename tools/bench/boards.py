"""What a leaderboard costs its readers, and how soon it shows one more result, at 200, 2,000 and 20,000 submissions.

    python tools/bench/boards.py                          SQLite and PostgreSQL, one after the other
    python tools/bench/boards.py --database sqlite --sizes 200 2000
    python tools/bench/boards.py --quick                  small, to see that it works

Each size is an event of n / 5 teams in a database of its own. Gunicorn serves it with two processes, by the command
of ``fab serve``. A student is logged in. Ten connections ask for one address at a time; all addresses of all sizes
take turns. Two of them have the same length and come from the same gunicorn: a constant answer, and an empty Flask
route that reads its session and sends one statement. Pages are warm.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard.clock import utc_now  # noqa: E402
from databoard.services.base.database import transaction  # noqa: E402
from tools.bench import board_news, board_pages, course, crowd, databases, measuring, web_site  # noqa: E402
from tools.bench.course import STUDENT, Course  # noqa: E402
from tools.bench.http_load import Found, Load, get  # noqa: E402
from tools.bench.measuring import Spread  # noqa: E402
from tools.bench.web_site import Site  # noqa: E402

N_CONNECTIONS = 10


@dataclass
class Measured:
    """An event of one size, its server and what was measured there, by name."""

    size: int
    course: Course
    site: Site
    load: Load
    cookie: str
    pages: dict[str, str]  # requests
    n_page_bytes: int
    n_statements: dict[str, int]
    grown_bytes: dict[str, int]
    found: dict[str, list[Found]] = field(default_factory=dict)
    news: list[board_news.News] = field(default_factory=list)
    streams: dict[str, list[Found]] = field(default_factory=dict)

    def ask(self, name: str, seconds: float) -> float:
        """Ask for one page for so long, after a first answer on each connection; return the answers per second."""
        expected, request = 200, self.pages[name]
        if name == board_pages.UNCHANGED:
            expected, request = 304, board_pages.unchanged(self.site, self.cookie)
        self.load.run([request], n_connections=N_CONNECTIONS)
        answered = self.load.run([request], n_connections=N_CONNECTIONS, seconds=seconds)
        if answered.n_other_than(expected):
            raise SystemExit(f"{name} at {self.size}: {answered.statuses}, {answered.n_lost} lost.")
        self.found.setdefault(name, []).append(answered)
        return answered.rate

    def read_whole(self, name: str) -> float:
        """Download the whole board once; return the seconds until its first byte."""
        stream = board_pages.read_whole(self.load, get(board_pages.WHOLE[name], self.cookie))
        self.streams.setdefault(name, []).append(stream)
        return stream.first_bytes_s[0]

    def hear_news(self) -> float:
        """Record and blend one more result; return the seconds until the board shows it."""
        self.news.append(board_news.one_more(self.course, self.site, self.cookie))
        return self.news[-1].whole_s

    def forget(self) -> None:
        """Drop what was measured so far."""
        self.found, self.news, self.streams = {}, [], {}

    def rates(self, name: str) -> list[float]:
        return [answered.rate for answered in self.found[name]]

    def percentile_s(self, name: str, share: float) -> float:
        """Return a percentile of all latencies of a page."""
        return measuring.percentile([s for answered in self.found[name] for s in answered.latencies_s], share)


def main() -> None:
    """Measure what the command line asks for and print tables."""
    options = parser().parse_args()
    if options.quick:
        options.sizes, options.rounds, options.seconds = [20, 40], 1, 0.3
    measuring.say_facts()
    for kind in [options.database] if options.database else databases.KINDS:
        measure(kind, options.sizes, options.rounds, options.seconds)


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--database", choices=databases.KINDS, help="default: each")
    words.add_argument("--sizes", type=int, nargs="+", default=list(measuring.SIZES), help="of the events")
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--seconds", type=float, default=2.0, help="for each address and round")
    words.add_argument("--quick", action="store_true", help="one round of two small sizes")
    return words


def measure(kind: str, sizes: Sequence[int], rounds: int, seconds: float) -> None:
    """Measure on one kind of database, and print."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="databoard-bench-")))
        new_database = stack.enter_context(databases.databases(kind))
        problems = course.prepare_kits(folder)
        events = [
            stack.enter_context(opened(size, new_database(f"board{size}"), folder / str(size), problems))
            for size in sizes
        ]
        ways: dict[str, Callable[[], float]] = {}
        for event in events:
            ways |= {f"{name} {event.size}": partial(event.ask, name, seconds) for name in event.pages}
            ways |= {f"{name} {event.size}": partial(event.read_whole, name) for name in board_pages.WHOLE}
            ways[f"news {event.size}"] = event.hear_news
        for way in ways.values():  # what is compiled and opened once is not measured
            way()
        for event in events:
            event.forget()
        measuring.in_turns(ways, rounds=rounds)
        print(f"#### {databases.title(kind, events[0].course.url)}\n")
        report(events)


@contextmanager
def opened(size: int, url: str, home: Path, problems: Path) -> Iterator[Measured]:
    """Yield an event of one size with its server and what is to be asked there."""
    with ExitStack() as stack:
        place = stack.enter_context(course.opened(url, home, problems))
        with transaction(place.sessions) as session:
            crowd.add_scored(session, place.event(session), size, now=utc_now())
        databases.settle(url)
        environment = web_site.settings(home, problems, url)
        grown = {
            name: board_pages.grown_bytes(environment, path, STUDENT, course.PASSWORD)
            for name, path in board_pages.WHOLE.items()
        }
        site = stack.enter_context(web_site.serve(environment))
        cookie = site.log_in(STUDENT, course.PASSWORD)
        load = stack.enter_context(Load(site.port))
        pages, n_bytes = board_pages.requests(place, site, cookie)
        n_statements = board_pages.n_statements(environment, pages, cookie)
        yield Measured(size, place, site, load, cookie, pages, n_bytes, n_statements, grown)


def report(events: list[Measured]) -> None:
    """Print what was measured: a column for each size, then the growth of what costs time."""
    sizes = [event.size for event in events]
    head = [f"{size:,}" for size in sizes]
    names = [name for name in events[0].pages if name in events[-1].pages]

    def row(title: str, costs: Sequence[float], texts: Sequence[str]) -> list[str]:
        return [title, *texts, measuring.growth(sizes, costs)]

    rows = []
    for name in names:
        spreads = [Spread.of(event.rates(name)) for event in events]
        rows.append(row(name, [1 / spread.median for spread in spreads], [s.text() for s in spreads]))
    print(measuring.table(["answers per second, 10 connections", *head, "cost"], rows))
    rows = []
    for name in names:
        p50_s, p95_s = ([event.percentile_s(name, share) for event in events] for share in (0.50, 0.95))
        texts = [f"{1000 * a:.1f} / {1000 * b:.1f}" for a, b in zip(p50_s, p95_s, strict=True)]
        rows.append(row(name, p50_s, texts))
    print("\n" + measuring.table(["p50 / p95 of an answer [ms], 10 connections", *head, "cost"], rows))
    print("\n" + measuring.table(["ratio in one round", *head], ratio_rows(events)))
    print("\n" + measuring.table(["one reader, or one more result", *head, "cost"], single_rows(events)))
    facts = [("page [kB]", [f"{event.n_page_bytes / 1000:.1f}" for event in events])]
    counted = events[0].n_statements
    facts += [(f"SQL statements, {name}", [str(e.n_statements[name]) for e in events]) for name in counted]
    print(
        "\n" + measuring.table(["of one answer", *head], [[title, *texts] for title, texts in facts]) + "\n"
    )


def ratio_rows(events: list[Measured]) -> list[list[str]]:
    """Return rates as shares of the constant answer's, and of the smallest event's first page."""
    first, unchanged = board_pages.FIRST, board_pages.UNCHANGED
    rows = [
        [f"{name}, answers per second / constant answer"]
        + [measuring.ratios(e.rates(name), e.rates(board_pages.CONSTANT)).text(2) for e in events]
        for name in (first, unchanged, board_pages.FLOOR)
        if name in events[0].pages
    ]
    slower = [measuring.ratios(events[0].rates(first), event.rates(first)).text(2) for event in events]
    return [*rows, [f"{first}, time / that of {events[0].size:,} submissions", *slower]]


def single_rows(events: list[Measured]) -> list[list[str]]:
    """Return the whole board as one file, and the way of one more result."""
    sizes = [event.size for event in events]
    rows: list[list[str]] = []

    def add(title: str, values: list[list[float]], scale: float, digits: int = 1) -> None:
        spreads = [Spread.of(series) for series in values]
        growth = measuring.growth(sizes, [spread.median for spread in spreads])
        rows.append([title, *(spread.text(digits, scale=scale) for spread in spreads), growth])

    for name in board_pages.WHOLE:
        streams = [event.streams[name] for event in events]
        add(f"{name}, first byte [ms]", [[s.first_bytes_s[0] for s in series] for series in streams], 1e3)
        add(f"{name}, whole [ms]", [[s.latencies_s[0] for s in series] for series in streams], 1e3)
        grown = [f"{event.grown_bytes[name] / 2**20:.1f}" for event in events]
        rows.append([f"{name}, memory more at its peak [MiB]", *grown, "–"])
    for title, series in board_news.series([event.news for event in events]).items():
        add(title, series, 1e3)
    return rows


if __name__ == "__main__":
    main()
