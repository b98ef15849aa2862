"""How far past its limit each bomb of the gallery gets, on a machine that has other work to do.

    python tools/bench/bomb_overrun.py                      every bomb once beside two busy loops, as Markdown
    python tools/bench/bomb_overrun.py --times 10           ten times; a bomb whose verdicts differ is named
    python tools/bench/bomb_overrun.py --cases fork_chain --level B
    python tools/bench/bomb_overrun.py --neighbour          an honest run of a second worker beside bombs

**Overrun**: wall time from the last moment at which the limit was certainly kept until the verdict is there and every
process of the run is gone. For the wall clock that moment is the deadline. For every other limit it is the last look
at the run that found it within its limits, so the number is an upper bound. What the run does before that is not
counted.

Every bomb stays inside all limits of the kernel, and this program takes a limit of processes that they inherit
(``jail_layers``). The whole table takes three minutes on two cores.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard.jail import supervisor  # noqa: E402
from databoard.runner import Runner  # noqa: E402
from tests.gallery import test_gallery as cases  # noqa: E402
from tools import jail_layers  # noqa: E402
from tools.jail_layers import Trials  # noqa: E402

_LIMIT_CODES = {"timeout", "out_of_memory", "too_many_processes", "disk_full", "output_too_large"}
_OTHERS = {"daemon", "daemon_holds_channel", "flood_channel", "kill_everything"}
#: What takes all it can get of something, whether a limit ends it or not.
BOMBS = tuple(
    case
    for case in jail_layers.HOSTILE
    if case in jail_layers.BOMBS | _OTHERS or cases.read(case)[1].get("code") in _LIMIT_CODES
)
#: The bombs that a neighbour feels most: they hog processors or processes.
LOUD = ("fork_chain", "fork_bomb", "spin_many", "thread_bomb", "allocate_in_children")
_N_HONEST, _HONEST_CASE = 3, "honest_forest"
#: What is left out for each level.
_LAYERS_OFF = {"A": jail_layers.NOTHING, "B": jail_layers.NESTING, "single": jail_layers.SINGLE_USE}
#: Ends with this program, however that ends.
_SPIN = "import os; parent = os.getppid()\nwhile os.getppid() == parent: sum(range(10**5))"


def main(words: list[str] | None = None) -> None:
    """Run what the command line names and print what was found."""
    options = _options(words)
    jail_layers.lay_floor()
    print(
        f"load of the last minute before the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )
    with _busy(options.busy), jail_layers.Trials() as trials:
        if options.honest:
            return _print_honest(trials, options)
        if options.neighbour:
            return _print_neighbour(trials, options)
        rows = [_row(trials, case, options) for case in options.cases]
    print("\n".join(_table(rows)))


def _row(trials: Trials, case: str, options: argparse.Namespace) -> dict[str, Any]:
    ends = []
    with trials.runner(_LAYERS_OFF[options.level]) as runner:
        for _ in range(options.times):
            ends.append(_set_off(trials, runner, case))
            print(f"{case}: {ends[-1]}", file=sys.stderr)
    _, expected = cases.read(case)
    return {
        "case": case,
        "codes": sorted({end["code"] for end in ends}),
        "expected": expected.get("code") or expected["state"],
        "overrun_s": max(end["overrun_s"] for end in ends),
        "look_s": max(end["look_s"] for end in ends),
    }


def _set_off(trials: Trials, runner: Runner, case: str) -> dict[str, Any]:
    task = trials.task_of(case)
    with _watched() as looks:
        (run,) = runner.train_test(task)
    end_s = time.monotonic()
    kept_s = looks.clock_s if looks.good_s is None else looks.good_s
    if run.error_code == "timeout" and "processor" not in run.message:
        kept_s = looks.clock_s + task.limits.wall_time_s
    return {"code": run.error_code or run.state, "overrun_s": end_s - kept_s, "look_s": looks.longest_s}


@dataclass
class _Looks:
    """When the clock of the run started, when a look last found all well, and how long the longest look took."""

    clock_s: float = 0.0
    good_s: float | None = None
    longest_s: float = 0.0


@contextlib.contextmanager
def _watched() -> Iterator[_Looks]:
    """Note the looks at the runs meanwhile."""
    looks, kind = _Looks(), supervisor._Supervision
    watch, start_clock = kind._watch, kind._start_clock

    def noted_watch(supervision: supervisor._Supervision) -> None:
        started_s = time.monotonic()
        try:
            watch(supervision)
            looks.good_s = started_s
        finally:
            looks.longest_s = max(looks.longest_s, time.monotonic() - started_s)

    def noted_start(supervision: supervisor._Supervision) -> None:
        start_clock(supervision)
        looks.clock_s, looks.good_s = time.monotonic(), None

    with mock.patch.multiple(kind, _watch=noted_watch, _start_clock=noted_start):
        yield looks


def _print_neighbour(trials: Trials, options: argparse.Namespace) -> None:
    """Print how much later an honest run of a second worker ends while bombs go off in this one."""
    alone = _honest_worker(options)
    stop = threading.Event()
    thread = threading.Thread(target=_bomb_on, args=(trials, stop, options))
    thread.start()
    try:
        beside = _honest_worker(options)
    finally:
        stop.set()
        thread.join()
    (alone_s, score), (beside_s, other_score) = alone, beside
    print(f"an honest run: {alone_s:.2f} s beside {options.busy} busy loops, {beside_s:.2f} s beside bombs, too: "
          f"{beside_s / alone_s:.2f} times; scores {'equal' if score == other_score else 'DIFFER'}")  # fmt: skip


def _bomb_on(trials: Trials, stop: threading.Event, options: argparse.Namespace) -> None:
    with trials.runner(_LAYERS_OFF[options.level]) as runner:
        while not stop.is_set():
            for case in (case for case in LOUD if not stop.is_set()):
                _set_off(trials, runner, case)


def _honest_worker(options: argparse.Namespace) -> tuple[float, str]:
    """Return what a process of its own prints of its honest runs: their median time and their scores."""
    command = [sys.executable, __file__, "--honest", "--busy", "0", "--level", options.level]
    words = (
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1].split()
    )
    return float(words[0]), " ".join(words[1:])


def _print_honest(trials: Trials, options: argparse.Namespace) -> None:
    task = trials.task_of(_HONEST_CASE)
    times, scores = [], set()
    with trials.runner(_LAYERS_OFF[options.level]) as runner:
        runner.train_test(task)
        for _ in range(_N_HONEST):
            started_s = time.monotonic()
            runs = runner.train_test(task)
            times.append(time.monotonic() - started_s)
            scores.add(repr(runner.score(task, runs)))
    print(statistics.median(times), *sorted(scores))


@contextlib.contextmanager
def _busy(n_loops: int) -> Iterator[None]:
    """Keep the processors busy from sessions of their own, as the work of others does."""
    command = [sys.executable, "-c", _SPIN]
    loops = [subprocess.Popen(command, start_new_session=True) for _ in range(n_loops)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _table(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["| bomb | ends as | overrun, s | longest look, s |", "|---|---|---|---|"]
    for row in rows:
        is_right = row["codes"] == [row["expected"]]
        ends = ", ".join(f"`{code}`" for code in row["codes"]) + ("" if is_right else " (not as expected)")
        lines.append(f"| `{row['case']}` | {ends} | {row['overrun_s']:.2f} | {row['look_s']:.3f} |")
    return [*lines, "", f"Load of the last minute at the end: {os.getloadavg()[0]:.1f}."]


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=BOMBS, default=list(BOMBS), metavar="CASE",
                        help="folders of tests/gallery, all bombs by default")  # fmt: skip
    parser.add_argument("--times", type=int, default=1, help="runs of each bomb; the worst is printed")
    parser.add_argument("--busy", type=int, default=2, help="busy loops beside them")
    parser.add_argument("--level", choices=_LAYERS_OFF, default="A")
    parser.add_argument("--neighbour", action="store_true", help="measure an honest run of a second worker")
    parser.add_argument("--honest", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
