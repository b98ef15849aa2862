"""How long commands and the web server take to start, beside a bare Python that does nothing.

    python tools/bench/start_up.py
    python tools/bench/start_up.py --quick        one round

*Ready* is the time from the start of gunicorn to its first answer with 200, with one process and with two. All take
turns. The first round, which reads the files from disk, is not counted.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard.ops import schema  # noqa: E402
from tools.bench import measuring, web_site  # noqa: E402
from tools.bench.measuring import Spread  # noqa: E402

BARE = "python -c pass"
COMMANDS = {
    BARE: ("-c", "pass"),
    "fab --list": ("-m", "fabric", "--list"),
    "databoard --help": ("-m", "databoard.client.main", "--help"),
    "python manage.py --help": ("manage.py", "--help"),
}


def main() -> None:
    """Measure and print a table."""
    options = parser().parse_args()
    rounds = 1 if options.quick else options.rounds
    measuring.say_facts()
    with tempfile.TemporaryDirectory(prefix="databoard-bench-") as name:
        home = Path(name)
        url = f"sqlite:///{home / 'databoard.db'}"
        schema.upgrade(url)
        environment = web_site.settings(home, ROOT / "problems", url)
        ways: dict[str, Callable[[], float]] = {
            title: partial(run, words, environment) for title, words in COMMANDS.items()
        }
        for n in (1, 2):
            settings = environment | {"DATABOARD_WEB_WORKERS": str(n)}
            ways[f"web server ready, {n} process{'es' * (n > 1)}"] = partial(ready, settings)
        for way in ways.values():
            way()
        found = measuring.in_turns(ways, rounds=rounds)
    rows = [
        [title, Spread.of(times).text(0, scale=1e3), measuring.ratios(times, found[BARE]).text(1)]
        for title, times in found.items()
    ]
    print(measuring.table(["start", "time [ms]", f"times {BARE}"], rows))


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rounds", type=int, default=15)
    words.add_argument("--quick", action="store_true", help="one round")
    return words


def run(words: tuple[str, ...], environment: dict[str, str]) -> float:
    """Run a command to its end; return the seconds."""
    command = [sys.executable, *words]
    return measuring.timed(
        lambda: subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    )


def ready(environment: dict[str, str]) -> float:
    """Return the seconds until a new web server answers; it ends before this returns."""
    with ExitStack() as stack:
        return measuring.timed(lambda: stack.enter_context(web_site.serve(environment)))


if __name__ == "__main__":
    main()
