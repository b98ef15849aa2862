"""Which worker of a parallel run takes which tests, which come first, and what ran shortened; hooks of `conftest`.

The tests of a file stay on one worker: what they share, such as a warm zygote or a built kit, is made once. The files
of `SINGLE` are dealt out test by test, because each test takes long and shares little. The longest begin first, so
that no worker is left with a long one at the end. Tests that wait run beside tests that compute, from the start to
the end, so that the processors always have something to do.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
#: Files and tests that are dealt out case by case; given by how their names begin.
SINGLE = (
    "tests/browser/test_accessibility.py::test_nobody_is_shut_out_of_a_page",
    "tests/tasks/test_kit_report.py::test_nothing_is_found_in_a_shipped_kit",
    "tests/walk/test_chaos.py",
    "tests/walk/test_lost_database.py",
    "tests/walk/test_lost_workers.py",
    "tests/walk/test_main_job.py",
    "tests/walk/test_new_problem.py",
    "tests/walk/test_worked_examples.py",
)
#: Folders whose files stay on one worker, because they share what takes long to start.
TOGETHER = ("tests/runner/dask/",)
#: What takes long, in seconds on an idle machine of two cores; it orders only. `make test` prints the slowest.
SECONDS = {
    "tests/browser/": 40,
    "tests/command_line/": 25,
    "tests/gallery/": 40,
    "tests/gallery/test_gallery.py": 180,
    "tests/jail/": 15,
    "tests/jail/self_check/": 40,
    "tests/kits/": 8,
    "tests/kits/test_building.py": 40,
    "tests/ops/": 10,
    "tests/ops/publish/": 40,
    "tests/ops/publish/test_publishing.py": 200,
    "tests/ops/test_keeper.py": 40,
    "tests/runner/": 20,
    "tests/runner/dask/": 60,
    "tests/services/": 3,
    "tests/tasks/": 4,
    "tests/tasks/test_kit_report.py": 60,
    "tests/tasks/test_kit_report.py::test_nothing_is_found_in_a_shipped_kit": 6,
    "tests/tools/": 10,
    "tests/views/": 6,
    "tests/walk/": 25,
    "tests/walk/test_dask": 60,
    "tests/walk/test_environments.py": 180,
    "tests/worker/": 10,
}
#: Where most time passes with waiting: for a limit, a lease or another process.
WAITING = ("tests/gallery/", "tests/jail/", "tests/runner/", "tests/walk/", "tests/worker/")


def unit_of(nodeid: str) -> str:
    """Return the name of the unit that a test belongs to."""
    if nodeid.startswith(SINGLE):
        return nodeid
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def seconds_of(unit: str) -> float:
    """Return how long a unit is said to take: by its longest known prefix."""
    return SECONDS.get(max((key for key in SECONDS if unit.startswith(key)), key=len, default=""), 1)


def ordered(units: Iterable[str]) -> list[str]:
    """Return the units in the order in which they are dealt out.

    Both kinds, what waits and what computes, begin with their longest; the next unit is always one of the kind of
    which the smaller share is dealt out.
    """
    longest_first = sorted(units, key=lambda unit: -seconds_of(unit))
    kinds = [[unit for unit in longest_first if unit.startswith(WAITING) is waits] for waits in (True, False)]
    return [unit for _, unit in sorted(place for kind in kinds for place in _places(kind))]


def _places(units: list[str]) -> list[tuple[float, str]]:
    """Return each unit after the share of its kind that is dealt out before it."""
    total_s, before_s, places = sum(map(seconds_of, units)), 0.0, []
    for unit in units:
        places.append((before_s / total_s, unit))
        before_s += seconds_of(unit)
    return places


class LongestFirst(LoadScopeScheduling):
    """Deal out whole units, in the order in which their tests were collected."""

    def __init__(self, config, log):
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid):
        return unit_of(nodeid)


def make_scheduler(config, log):
    """Let `LongestFirst` deal out the tests."""
    return LongestFirst(config, log)


def put_longest_first(config, items):
    """Put the units of a parallel run in order."""
    if hasattr(config, "workerinput"):
        units = ordered(dict.fromkeys(unit_of(item.nodeid) for item in items))
        places = {unit: place for place, unit in enumerate(units)}
        items.sort(key=lambda item: places[unit_of(item.nodeid)])


def name_shortened(terminalreporter):
    """Name the tests that `make chaos` runs at full length."""
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    shortened = [
        report.nodeid for report in reports if "shortened" in report.keywords and report.when == "call"
    ]
    if shortened and "CHAOS_JOBS" not in os.environ:
        terminalreporter.section("shortened, at full length with: make chaos")
        terminalreporter.write_line("\n".join(shortened))
