"""From the click on *Submit* to the row on the board: ``python tools/bench/click_to_board.py``.

A gunicorn and a worker are started on a home of their own. A student logs in over HTTP, submits the forest of the
iris kit, and asks for the board until the row is there. After each submission one ``ramp-test`` process runs on the
same model. Prints when each stage was reached, as medians with the least and the most, and the ratio of the totals.

    --rounds N         submissions of a warm worker (10)
    --submissions N    scored submissions of the event before these (9)
    --database URL     an empty PostgreSQL database; SQLite otherwise
    --scratch FOLDER   where all of it lies; kept, so that the environment of ramp-test need not be built again

The worker is started twice. The first submission of the kit comes as soon as the first worker is registered, and
again when the second had `--warm-up` seconds. The times inside the worker are taken around the calls of its runner.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402

import config  # noqa: E402
from databoard.clock import utc_now  # noqa: E402
from databoard.models import Event, Job, JobAttempt, Submission  # noqa: E402
from databoard.runner import Runner  # noqa: E402
from databoard.services.base.database import transaction  # noqa: E402
from databoard.services.results import recording  # noqa: E402
from databoard.states import JobStep  # noqa: E402
from databoard.worker import WorkerContext, run  # noqa: E402
from tools.bench import course, crowd, web_site  # noqa: E402
from tools.bench.course import EVENT, PASSWORD, STUDENT, Course  # noqa: E402
from tools.bench.fold_cost import ramp_process, timed  # noqa: E402
from tools.bench.web_site import TOKEN, Site  # noqa: E402

CODE = ROOT / "problems/iris/submissions/random_forest_10_10/classifier.py"
TIMES = "CLICK_TO_BOARD_TIMES"
COMMAND = (sys.executable, __file__, "--worker")
STAGES = (
    "POST answered", "check claimed", "check ended", "job claimed", "folds done", "scores committed", "row seen",
)  # fmt: skip
#: Between two looks at the board; a look that is under way is waited for.
LOOK_EVERY_S, SEEN_WITHIN_S = 0.02, 180.0
Stages = dict[str, float]  # seconds since the click


def main() -> None:
    """Measure and print."""
    options = _options()
    with contextlib.ExitStack() as stack:
        folder = Path(options.scratch or stack.enter_context(tempfile.TemporaryDirectory()))
        ramp = ramp_process(folder, CODE.read_bytes())
        ramp()
        shutil.rmtree(folder / "site", ignore_errors=True)
        (folder / "site").mkdir()
        home, problems = folder / "site/home", course.prepare_kits(folder / "site")
        url = options.database or f"sqlite:///{folder}/site/databoard.db"
        environment = web_site.settings(home, problems, url) | {TIMES: str(folder / "site/times.jsonl")}
        place = stack.enter_context(course.opened(url, home, problems))
        site = stack.enter_context(web_site.serve(environment))
        clicks = Clicks(place, site, ramp, Path(environment[TIMES]))
        with web_site.worker(environment, COMMAND) as process:
            web_site.await_registered(place.sessions, 1, process)
            first = clicks.one("first_at_once")
            clicks.fill(options.submissions)
        with web_site.worker(environment, COMMAND) as process:
            web_site.await_registered(place.sessions, 2, process)
            time.sleep(options.warm_up)
            warmed = clicks.one("first_warmed_up")
            clicks.one("not_counted")
            warm = [clicks.one(f"warm_{number}") for number in range(options.rounds)]
    show(f"first of the kit, worker just registered, {options.submissions} submissions", [first])
    show(f"first of the kit, worker up for {options.warm_up:g} s", [warmed])
    show("warm", warm)


class Clicks:
    """Submissions over HTTP, one after the other, each beside a process of ``ramp-test``."""

    def __init__(self, place: Course, site: Site, ramp: Callable[[], object], times: Path):
        self._place, self._site, self._ramp, self._times = place, site, ramp, times
        self._cookie = site.log_in(STUDENT, PASSWORD)
        self._tag = ""  # of the board that was seen last
        self._send("save", self._form(**{"file-classifier": CODE.read_text()}))

    def one(self, name: str) -> tuple[Stages, float]:
        """Return the stages of one submission, and the seconds of ``ramp-test`` after it."""
        form = self._form(name=name)
        self._board()
        clicked_s = time.time()
        self._send("submit", form)
        answered_s = time.time()
        self._site.ask(
            "GET", f"/events/{EVENT}/my_submissions", cookie=self._cookie
        )  # where the answer leads
        while name not in self._board():
            if time.time() > clicked_s + SEEN_WITHIN_S:
                raise SystemExit(f"{name} did not come.")
            time.sleep(LOOK_EVERY_S)
        stages = {"POST answered": answered_s, "row seen": time.time()} | self._inside(name)
        self._await_rest()
        return {stage: stages[stage] - clicked_s for stage in STAGES}, timed(self._ramp)

    def fill(self, n_rows: int) -> None:
        """Fill the event with submissions that score worse than the first one."""
        self._await_rest()
        with transaction(self._place.sessions) as session:
            crowd.add_weak(session, self._place.event(session), max(n_rows - 1, 0), now=utc_now())

    def _board(self) -> str:
        """Return the first page of the board; empty when it is the one that was seen last."""
        headers = {"If-None-Match": self._tag} if self._tag else {}
        answer, page = self._site.ask(
            "GET", f"/events/{EVENT}/leaderboard", cookie=self._cookie, headers=headers
        )
        self._tag = answer.headers.get("ETag", self._tag)
        return page

    def _form(self, **fields: str) -> str:
        """Return a form of the sandbox with its token."""
        _, page = self._site.ask("GET", f"/events/{EVENT}/sandbox", cookie=self._cookie)
        found = TOKEN.search(page)
        if found is None:
            raise SystemExit("The sandbox has no form.")
        return urlencode({"csrf_token": found[1], **fields})

    def _send(self, action: str, form: str) -> None:
        path = f"/events/{EVENT}/sandbox/{action}"
        answer, page = self._site.ask("POST", path, cookie=self._cookie, body=form)
        if answer.status != 303:
            raise SystemExit(f"POST {path} answered {answer.status}: {page[:2000]}")

    def _inside(self, name: str) -> Stages:
        """Return when the worker reached its stages, in seconds of the epoch."""
        with transaction(self._place.sessions) as session:
            query = (
                select(Job.step, JobAttempt).join(JobAttempt).join(Submission).where(Submission.name == name)
            )
            attempts = dict(session.execute(query).all())
        check, training = attempts[JobStep.check], attempts[JobStep.train_test]
        if check.ended_at is None:
            raise SystemExit(f"The check of {name} has no end.")
        last: dict[str, float] = {}
        for line in self._times.read_text().splitlines():
            last |= json.loads(line)
        return {
            "check claimed": check.started_at.timestamp(), "check ended": check.ended_at.timestamp(),
            "job claimed": training.started_at.timestamp(), "folds done": last["train_test"],
            "scores committed": last["record_scores"],
        }  # fmt: skip

    def _await_rest(self) -> None:
        """Wait until the event is blended: what is measured next has the machine for itself."""
        while True:
            with transaction(self._place.sessions) as session:
                if not session.scalars(select(Event)).one().is_blending_due:
                    return
            time.sleep(0.2)


def show(title: str, found: list[tuple[Stages, float]]) -> None:
    """Print a table of the stages."""
    print(f"\n{title}; n = {len(found)}\n\n| stage | since the click, s | least | most |\n|---|--:|--:|--:|")
    ramp = [ramp_s for _, ramp_s in found]
    for stage in STAGES:
        _row(stage, [stages[stage] for stages, _ in found])
    _row("one `ramp-test` process", ramp)
    _row("**row seen / ramp-test**", [stages["row seen"] / ramp_s for stages, ramp_s in found])


def _row(name: str, values: list[float]) -> None:
    print(f"| {name} | {statistics.median(values):.3f} | {min(values):.3f} | {max(values):.3f} |")


def work() -> None:
    """Be a worker that writes when the calls of its runner and the record of the scores were over."""

    def told(owner: type, name: str, label: Callable[..., bool | str] = lambda *_: True) -> None:
        function = getattr(owner, name)

        def call(self: object, *words: Any, **facts: Any) -> Any:
            answer = function(self, *words, **facts)
            if what := label(*words):
                with open(os.environ[TIMES], "a") as file:
                    file.write(json.dumps({name if what is True else what: time.time()}) + "\n")
            return answer

        setattr(owner, name, call)

    def label(use_case: object, *_: object) -> bool | str:
        return use_case is recording.record_scores and "record_scores"

    told(Runner, "train_test")
    told(WorkerContext, "write_with_retry", label)
    run(config.load())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--submissions", type=int, default=9)
    parser.add_argument("--warm-up", type=float, default=20.0)
    parser.add_argument("--database", default="")
    parser.add_argument("--scratch", default="")
    return parser.parse_args()


if __name__ == "__main__":
    work() if sys.argv[1:] == ["--worker"] else main()
