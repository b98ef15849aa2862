"""Locust's students on this machine: what they must not notice, and that a slow leaderboard is noticed.

    python tools/bench/students.py [--students 30] [--seconds 60] [--folder …]

Two runs of ``locustfile.py`` against gunicorn with a worker beside it: as it is, which must pass, and with 300 ms of
sleep in the leaderboard, which must not. Each journey must stand in the access log. The exit code is 1 when one of
these is not so. The limits are those of docs/load_test.md, so the machine should have nothing else to do.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.bench import live_site, measuring  # noqa: E402

SLEEP_S = 0.3
#: What a journey asks for, in the access log.
JOURNEYS = {
    "log in": r"POST /login 303",
    "browse": r"GET /problems/iris 200",
    "board": rf"GET /events/{live_site.EVENT}/leaderboard 200",
    "save": rf"POST /events/{live_site.EVENT}/sandbox/save 303",
    "submit": rf"POST /events/{live_site.EVENT}/sandbox/submit 303",
    "watch": r"GET /submissions/[\w-]+/state\.json 200",
    "own submissions": rf"GET /events/{live_site.EVENT}/my_submissions 200",
    "ledger": rf"GET /events/{live_site.EVENT}/quota 200",
    "download": rf"GET /events/{live_site.EVENT}/starting_kit 200",
}


def slow_application() -> Callable[..., Any]:
    """Return the web application with a leaderboard that sleeps; gunicorn calls this in each of its processes."""
    from flask import request

    import manage

    application = manage.application()
    application.before_request(lambda: time.sleep(SLEEP_S) if request.path.endswith("/leaderboard") else None)
    return application


class CourseSite(live_site.Site):
    """A site with an access log, whose web server can be the one with the slow leaderboard."""

    application = ""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.environment |= {"DATABOARD_ACCESS_LOG": "True", "DATABOARD_LOG_LEVEL": "WARNING"}

    def _process(self, name: str, command: list[str]) -> Any:
        if name == "web" and self.application:
            command = [*command[:-1], self.application]
        return super()._process(name, command)


def load_test(site: CourseSite, n_students: int, seconds: int) -> tuple[int, str]:
    """Serve the site and send the students; return Locust's exit code and its last words."""
    words = ["-u", str(n_students), "-r", "3", "-t", f"{seconds}s", "--host", site.url, "--headless"]
    with site.web(), site.worker():
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", "locustfile.py", *words],
            cwd=ROOT,
            env=site.environment,
            capture_output=True,
            text=True,
        )
    return done.returncode, " ".join(re.findall(r"^load test: (.*)$", done.stderr, re.M))


def main() -> int:
    """Make a site, run both tests, print the table; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/databoard-students"))  # noqa: S108
    words = parser.parse_args()
    site = CourseSite(words.folder)
    made = [sys.executable, "-m", "fabric", f"load_users:{words.students},event={live_site.EVENT}"]
    subprocess.run(made, cwd=ROOT, env=site.environment, check=True, stdout=subprocess.DEVNULL)
    rows, is_right = [], True
    for name, application, wanted in (
        ("as it is", "", 0),
        (f"{SLEEP_S * 1000:.0f} ms in the board", "tools.bench.students:slow_application()", 1),
    ):
        site.application = application
        code, said = load_test(site, words.students, words.seconds)
        rows.append((name, code, wanted, said))
        is_right = is_right and code == wanted
    requests = (site.config.home / "logs" / "access.log").read_text()
    missing = [name for name, line in JOURNEYS.items() if not re.search(rf"user \S+ {line}", requests)]
    print(measuring.table(("leaderboard", "exit code", "expected", "Locust says"), rows))
    print(
        f"Journeys in the access log: {len(JOURNEYS) - len(missing)} of {len(JOURNEYS)} {' '.join(missing)}"
    )
    return 0 if is_right and not missing else 1


if __name__ == "__main__":
    raise SystemExit(main())
