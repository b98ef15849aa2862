"""What an idle worker costs: ``python tools/bench/idle_worker.py``; processor time over a minute.

A worker with a warm kit rests on a database of its own. Prints the share of one core that the worker, its scorers,
zygotes and spares take together, and how often their threads were woken.

    --seconds N      how long is measured (60)
    --warm-up N      seconds from the start of the worker (30)
    --database URL   an empty PostgreSQL database; SQLite otherwise
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard.jail import processes  # noqa: E402
from tools.bench import course, web_site  # noqa: E402

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        home, problems = Path(folder) / "home", course.prepare_kits(Path(folder))
        url = options.database or f"sqlite:///{folder}/databoard.db"
        with (
            course.opened(url, home, problems) as place,
            web_site.worker(web_site.settings(home, problems, url)) as worker,
        ):
            web_site.await_registered(place.sessions, 1, worker)
            time.sleep(options.warm_up)
            before, started_s = _look(worker.pid), time.monotonic()
            time.sleep(options.seconds)
            after, took_s = _look(worker.pid), time.monotonic() - started_s
    own_s, all_s, n_wakes = (now - then for now, then in zip(after[:3], before[:3], strict=True))
    print(f"idle for {took_s:.0f} s with {after[3]} processes, {after[4]} threads")
    print(f"of one core: the worker {own_s / took_s:.2%}, with all its processes {all_s / took_s:.2%}")
    print(f"threads woken {n_wakes / took_s:.1f} times a second")


def _look(pid: int) -> tuple[float, float, int, int, int]:
    """Return processor seconds of a process and of its tree, wakes of threads, number of processes and threads."""
    tree = processes.tree_of(pid, is_root_counted=True)
    threads = [thread for folder in tree.folders for thread in Path(folder, "task").iterdir()]
    return _cpu_s(pid), sum(map(_cpu_s, tree.pids)), sum(map(_wakes, threads)), len(tree.pids), len(threads)


def _cpu_s(pid: int) -> float:
    """Return the processor time of a process with its children that were waited for (``proc_pid_stat(5)``)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS_PER_S


def _wakes(thread: Path) -> int:
    lines = (thread / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--warm-up", type=float, default=30.0)
    parser.add_argument("--database", default="")
    return parser.parse_args()


if __name__ == "__main__":
    main()
