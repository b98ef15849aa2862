"""The way of one more result to the board: recorded, seen, blended, seen. Called by `boards`."""

import itertools
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.bench import new_results
from tools.bench.board_pages import BOARD
from tools.bench.course import Course
from tools.bench.measuring import timed
from tools.bench.web_site import Site

VISIBLE_WITHIN_S = 120.0
_numbers = itertools.count(1)


@dataclass(frozen=True)
class News:
    """Seconds: the transaction that records a result, from its commit to the first answer with it; the same of a
    blending, without its computation."""

    recorded_s: float
    visible_s: float
    blended_s: float
    credited_s: float

    @property
    def whole_s(self) -> float:
        return self.recorded_s + self.visible_s + self.blended_s + self.credited_s


def series(news: Sequence[Sequence[News]]) -> dict[str, list[list[float]]]:
    """Return the seconds of each step by the title of its row, as many lists as `news` has."""
    steps: dict[str, Callable[[News], float]] = {
        "result recorded [ms]": lambda one: one.recorded_s,
        "result visible after its commit [ms]": lambda one: one.visible_s,
        "blending written [ms]": lambda one: one.blended_s,
        "contributivity visible after its commit [ms]": lambda one: one.credited_s,
        "all four [ms]": lambda one: one.whole_s,
    }
    return {title: [[step_s(one) for one in each] for each in news] for title, step_s in steps.items()}


def one_more(course: Course, site: Site, cookie: str) -> News:
    """Record a result that is better than all others, and its half of the blend."""
    number = next(_numbers)
    name = f"news_{number}"
    claim = new_results.hand_over(course, name)
    recorded_s = timed(lambda: new_results.record(course, claim, 1.0 + number))
    visible_s = _time_until(site, cookie, lambda page: f">{name}<" in page)
    blended_s = timed(lambda: new_results.blend(course, claim.submission_id))
    half = re.compile(rf">{name}<(?:(?!</tr>).)*>\s*50\s*<", re.S)
    credited_s = _time_until(site, cookie, lambda page: half.search(page) is not None)
    return News(recorded_s, visible_s, blended_s, credited_s)


def _time_until(site: Site, cookie: str, is_shown: Callable[[str], bool]) -> float:
    """Ask for the first page until it shows what is waited for; return the seconds."""
    began_s = time.perf_counter()
    while (passed_s := time.perf_counter() - began_s) < VISIBLE_WITHIN_S:
        if is_shown(site.ask("GET", BOARD, cookie=cookie)[1]):
            return time.perf_counter() - began_s
    raise SystemExit(f"The board did not show the new result within {passed_s:.0f} s.")
