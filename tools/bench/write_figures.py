"""Run the benchmarks and write what they print into docs/performance.md. Called by ``make bench``.

    python tools/bench/write_figures.py                        all, one after the other; some take many minutes
    python tools/bench/write_figures.py fold_cost fast_fail    these two
    python tools/bench/write_figures.py --quick start_up       small, to see that it works; the page stays
    python tools/bench/write_figures.py --list                 names and commands

The page has a pair of markers for each benchmark. Only the text between them is replaced, together with date, machine
and load. A benchmark that fails leaves its old figures there. Each script also runs alone.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.bench import measuring  # noqa: E402

PAGE = ROOT / "docs" / "performance.md"
_QUEUE = ("queue_simulation.py", "--workers", "8", "--teams", "300")
#: The script of each benchmark, with its words; order of running. A row here and a section of the page add another.
BENCHES: dict[str, tuple[str, ...]] = {
    "start_up": ("start_up.py",),
    "boards": ("boards.py",),
    "click_to_board": ("click_to_board.py",),
    "polling": ("polling.py",),
    "queue_rates": ("queue_rates.py",),
    "fold_cost": ("fold_cost.py",),
    "idle_worker": ("idle_worker.py",),
    "fast_fail": ("fast_fail.py",),
    "blending_cost": ("blending_cost.py",),
    "blending_growth": ("blending_growth.py",),
    "engine_throughput": ("engine_throughput.py",),
    "queue_300": (*_QUEUE, *(f"--pattern={name}" for name in ("rush", "waves", "flood", "steady"))),
    "queue_1000": ("queue_simulation.py", "--workers", "16", "--teams", "1000", "--pattern=rush"),
    "shared_file_bits": ("shared_file_bits.py",),
    "bomb_overrun": ("bomb_overrun.py",),
    "backup_cost": ("backup_cost.py",),
    "students": ("students.py",),
}
#: The words of a small trial, where these are not --quick.
QUICK_WORDS: dict[str, tuple[str, ...]] = {
    "fold_cost": ("1",),
    "click_to_board": ("--rounds", "1", "--warm-up", "5"),
    "idle_worker": ("--seconds", "5", "--warm-up", "5"),
    "fast_fail": ("--cases", "3"),
    "blending_cost": ("10", "2", "200", "3"),
    "engine_throughput": ("1",),
    "queue_300": ("--workers", "2", "--teams", "10"),
    "queue_1000": ("--workers", "4", "--teams", "20"),
    "shared_file_bits": ("20",),
    "bomb_overrun": ("--cases", "fork_chain"),
    "backup_cost": ("20", "400"),
    "students": ("--students", "4", "--seconds", "40"),
}


@dataclass(frozen=True)
class Measurement:
    """What a benchmark printed, and under which load: runnable processes in the minute before start and end."""

    printed: str
    load_before: float
    load_after: float
    duration_s: float


def main(words: list[str] | None = None, *, page: Path = PAGE) -> int:
    """Run what the command line names, write each result at once, return the exit code."""
    options = _options(words)
    if options.list:
        print("\n".join(f"{name:18} {' '.join(command)}" for name, command in BENCHES.items()))
        return 0
    failed = []
    for name in options.names or BENCHES:
        print(f"--- {name}", flush=True)
        try:
            found = measure(quick_command(name) if options.quick else BENCHES[name])
        except subprocess.CalledProcessError as error:
            failed.append(name)
            print(f"{name} ended with exit code {error.returncode}; its old figures stay.", file=sys.stderr)
            continue
        print(found.printed, flush=True)
        if not options.quick:
            page.write_text(with_figures(page.read_text("utf-8"), name, figures(found)), "utf-8")
    return 1 if failed else 0


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="name", help="which benchmarks; default: all")
    parser.add_argument("--quick", action="store_true", help="small, to see that it works; the page stays")
    parser.add_argument("--list", action="store_true", help="list names and commands")
    options = parser.parse_args(words)
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; expected some of: {', '.join(BENCHES)}")
    return options


def quick_command(name: str) -> tuple[str, ...]:
    """Return the command of a small trial of a benchmark."""
    return (BENCHES[name][0], *QUICK_WORDS.get(name, ("--quick",)))


def measure(command: tuple[str, ...]) -> Measurement:
    """Run a script of this folder.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    load_before, started_s = os.getloadavg()[0], time.perf_counter()
    script = [sys.executable, str(Path(__file__).parent / command[0]), *command[1:]]
    done = subprocess.run(script, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Measurement(done.stdout.strip(), load_before, os.getloadavg()[0], time.perf_counter() - started_s)


def figures(found: Measurement) -> str:
    """Return Markdown: a line on date and machine, then what was printed; text that is no table as code."""
    is_markdown = re.search(r"^\|", found.printed, re.M)
    printed = found.printed if is_markdown else f"```text\n{found.printed}\n```"
    load = f"Load of the last minute: {found.load_before:.1f} before the start, {found.load_after:.1f} at the end."
    measured = f"Measured on {datetime.now(UTC):%Y-%m-%d} in {found.duration_s:.0f} s."
    return f"{measured} {measuring.facts()} {load}\n\n{printed}"


def with_figures(text: str, name: str, block: str) -> str:
    """Return the page with the text between the markers of a benchmark replaced.

    Raises
    ------
    ValueError
        If the page does not have the pair exactly once.
    """
    begin, end = f"<!-- figures of {name} -->", f"<!-- end of {name} -->"
    head, *middle = text.split(begin)
    _, *tail = "".join(middle).split(end)
    if len(middle) != 1 or len(tail) != 1:
        raise ValueError(f"Expected '{begin}' and '{end}' once each, in this order; add them to the page.")
    return f"{head}{begin}\n\n{block}\n\n{end}{tail[0]}"


if __name__ == "__main__":
    sys.exit(main())
