"""What all benchmarks share: times taken in turns, their spread, growth with size, tables, facts of the machine.

Called by the scripts of this folder. A ratio counts only when both of its times come from the same rounds, so that
what else the machine does meets both.
"""

import argparse
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
#: The sizes of a small, a large and a huge event; growth is fitted over them.
SIZES = (200, 2_000, 20_000)
#: What decides the times of a server and of its worker.
LIBRARIES = ("Flask", "SQLAlchemy", "psycopg2-binary", "gunicorn", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Spread:
    """The median of some values and their quartiles, in the unit of the values."""

    median: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return the spread of one value or more."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0], 1)
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high, len(values))

    def text(self, digits: int = 1, *, scale: float = 1.0) -> str:
        """Return the median with the quartiles in parentheses, each multiplied by `scale`."""
        median, low, high = (f"{scale * value:,.{digits}f}" for value in (self.median, self.low, self.high))
        return median if low == high else f"{median} ({low}–{high})"


def in_turns(ways: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, list[float]]:
    """Call every way once a round and return what each returned, by name.

    Every second round runs backwards, so that no way profits from its place behind another.
    """
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in list(ways)[:: 1 if number % 2 == 0 else -1]:
            found[name].append(ways[name]())
    return found


def ratios(values: Sequence[float], others: Sequence[float]) -> Spread:
    """Return the spread of the ratios of two series, round by round."""
    return Spread.of([value / other for value, other in zip(values, others, strict=True)])


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of a call."""
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of `values` that a `share` of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return p of the cost c * size ** p that fits best, by least squares of the logarithms.

    Raises
    ------
    ValueError
        If there are less than two different sizes, or one cost is not positive.
    """
    x, y = ([math.log(value) for value in values] for values in (sizes, costs))
    if len(set(x)) < 2:
        raise ValueError("Expected costs at two sizes or more; one size has no growth.")
    return statistics.linear_regression(x, y).slope


def growth(sizes: Sequence[float], costs: Sequence[float]) -> str:
    """Return the fitted growth as text; a dash where nothing can be fitted."""
    try:
        return f"n^{exponent(sizes, costs):.2f}"
    except ValueError:
        return "–"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; all columns but the first hold numbers."""
    lines = [f"| {' | '.join(map(str, cells))} |" for cells in (head, *rows)]
    return "\n".join([lines[0], f"|---{'|--:' * (len(head) - 1)}|", *lines[1:]])


def numbers(description: str | None, **defaults: int) -> list[int]:
    """Return the whole numbers of a command line, in this order; those that it leaves out have their defaults."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in defaults.items():
        parser.add_argument(name, type=int, nargs="?", default=default, help=f"default: {default}")
    return list(vars(parser.parse_args()).values())


@cache
def facts() -> str:
    """Return commit, machine and versions in one sentence, as they were at the first call."""
    kernel = f"{platform.system()} {platform.release().partition('-')[0]}"
    command = ["git", "describe", "--always", "--dirty", "--abbrev=8"]
    revision = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"Commit {revision or 'unknown'}, {os.cpu_count()} processors ({_processor()}), {kernel}, "
        f"Python {platform.python_version()}, {versions}."
    )


def say_facts() -> None:
    """Print date, facts and load for who runs a script alone, to stderr: `write_figures` has its own on the page."""
    load = f"Load of the last minute: {os.getloadavg()[0]:.1f}."
    print(f"{datetime.now(UTC):%Y-%m-%d}. {facts()} {load}", file=sys.stderr, flush=True)


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.M)
    except OSError:
        found = None
    return found[1] if found else platform.machine()
