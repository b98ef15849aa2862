"""Locust's students on this machine: what they must not notice, and that a slow leaderboard is noticed.

    python tools/bench/students.py [--students 30] [--seconds 60]

Two runs of ``locustfile.py`` against gunicorn with a worker beside it: as it is, which must pass, and with 300 ms of
sleep in the leaderboard, which must not. Each journey must stand in the access log. The exit code is 1 when one of
these is not so. The limits are those of docs/load_test.md, so the machine should have nothing else to do.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.bench import course, databases, measuring, web_site  # noqa: E402

SLEEP_S = 0.3
#: What a journey asks for, in the access log.
JOURNEYS = {
    "log in": r"POST /login 303",
    "browse": r"GET /problems/iris 200",
    "board": rf"GET /events/{course.EVENT}/leaderboard 200",
    "save": rf"POST /events/{course.EVENT}/sandbox/save 303",
    "submit": rf"POST /events/{course.EVENT}/sandbox/submit 303",
    "watch": r"GET /submissions/[\w-]+/state\.json 200",
    "own submissions": rf"GET /events/{course.EVENT}/my_submissions 200",
    "ledger": rf"GET /events/{course.EVENT}/quota 200",
    "download": rf"GET /events/{course.EVENT}/starting_kit 200",
}


def slow_application() -> Callable[..., Any]:
    """Return the web application with a leaderboard that sleeps; gunicorn calls this in each of its processes."""
    from flask import request

    import manage

    application = manage.application()
    application.before_request(lambda: time.sleep(SLEEP_S) if request.path.endswith("/leaderboard") else None)
    return application


def load_test(
    environment: Mapping[str, str], application: str, n_students: int, seconds: int
) -> tuple[int, str]:
    """Serve the site and send the students; return Locust's exit code and its last words."""
    with web_site.serve(environment, application) as site, web_site.worker(environment):
        words = ["-u", str(n_students), "-r", "3", "-t", f"{seconds}s", "--headless"]
        host = f"http://127.0.0.1:{site.port}"
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", "locustfile.py", *words, "--host", host],
            cwd=ROOT,
            env=dict(environment),
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
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, databases.databases("sqlite") as new_database:
        return _run(Path(name), new_database("students"), words.students, words.seconds)


def _run(folder: Path, url: str, n_students: int, seconds: int) -> int:
    problems, home = course.prepare_kits(folder), folder / "home"
    development = {"DATABOARD_ENV": "development", "DATABOARD_ACCESS_LOG": "True"}
    environment = web_site.settings(home, problems, url) | development
    with course.opened(url, home, problems):
        pass
    made = [sys.executable, "-m", "fabric", f"load_users:{n_students},event={course.EVENT}"]
    subprocess.run(made, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    rows, is_right = [], True
    for name, application, wanted in (
        ("as it is", "manage:application()", 0),
        (f"{SLEEP_S * 1000:.0f} ms in the board", "tools.bench.students:slow_application()", 1),
    ):
        code, said = load_test(environment, application, n_students, seconds)
        rows.append((name, code, wanted, said))
        is_right = is_right and code == wanted
    requests = (home / "logs" / "access.log").read_text()
    missing = [name for name, line in JOURNEYS.items() if not re.search(rf"user \S+ {line}", requests)]
    print(measuring.table(("leaderboard", "exit code", "expected", "Locust says"), rows))
    print(
        f"Journeys in the access log: {len(JOURNEYS) - len(missing)} of {len(JOURNEYS)} {' '.join(missing)}"
    )
    return 0 if is_right and not missing else 1


if __name__ == "__main__":
    raise SystemExit(main())
