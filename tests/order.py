"""Which worker of a parallel run takes which tests, which come first, and what ran shortened; hooks of `conftest`.

The tests of a file stay on one worker: what they share, such as a warm zygote or a built kit, is made once. The files
of `SINGLE` are dealt out test by test, because each test takes long and shares little. The longest begin first, so
that no worker is left with a long one at the end.
"""

import os

from xdist.scheduler import LoadScopeScheduling

#: Files and tests that are dealt out case by case; given by how their names begin.
SINGLE = (
    "tests/browser/test_accessibility.py::test_nobody_is_shut_out_of_a_page",
    "tests/walk/test_chaos.py",
    "tests/walk/test_main_job.py",
    "tests/walk/test_new_problem.py",
    "tests/walk/test_worked_examples.py",
)
#: What takes long, in seconds on an idle machine of two cores; it orders only. `make test` prints the slowest.
SECONDS = {
    "tests/gallery/": 200,
    "tests/walk/test_environments.py": 180,
    "tests/test_fabfile.py": 90,
    "tests/tasks/test_kit_report.py": 90,
    "tests/tasks/": 20,
    "tests/jail/": 70,
    "tests/browser/": 60,
    "tests/runner/": 50,
    "tests/walk/": 30,
    "tests/kits/": 25,
    "tests/tools/": 20,
    "tests/services/": 15,
    "tests/views/": 15,
}


def unit_of(nodeid: str) -> str:
    """Return the name of the unit that a test belongs to."""
    return nodeid if nodeid.startswith(SINGLE) else nodeid.partition("::")[0]


def seconds_of(nodeid: str) -> float:
    """Return how long the unit of a test is said to take: by its longest known prefix."""
    unit = unit_of(nodeid)
    return SECONDS.get(max((key for key in SECONDS if unit.startswith(key)), key=len, default=""), 1)


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
    """Put the units that take longest first in a parallel run."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: -seconds_of(item.nodeid))


def name_shortened(terminalreporter):
    """Name the tests that `make chaos` runs at full length."""
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    shortened = [
        report.nodeid for report in reports if "shortened" in report.keywords and report.when == "call"
    ]
    if shortened and "CHAOS_JOBS" not in os.environ:
        terminalreporter.section("shortened, at full length with: make chaos")
        terminalreporter.write_line("\n".join(shortened))
