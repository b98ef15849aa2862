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
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402

import config  # noqa: E402
from databoard.clock import utc_now  # noqa: E402
from databoard.models import Event, Job, JobAttempt, Submission  # noqa: E402
from databoard.runner import Runner  # noqa: E402
from databoard.services.results import recording  # noqa: E402
from databoard.states import JobStep  # noqa: E402
from databoard.worker import WorkerContext, run  # noqa: E402
from tools.bench import scored_rows  # noqa: E402
from tools.bench.fold_cost import ramp_process, timed  # noqa: E402
from tools.bench.live_site import EVENT, Site, Student  # noqa: E402

CODE = ROOT / "problems/iris/submissions/random_forest_10_10/classifier.py"
TIMES = "CLICK_TO_BOARD_TIMES"
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
        site = Site(folder / "site", options.database)
        stack.enter_context(site.web())
        clicks = Clicks(site, ramp)
        with site.worker(clicks.command):
            first = clicks.one("first_at_once")
            clicks.fill(options.submissions)
        with site.worker(clicks.command):
            time.sleep(options.warm_up)
            warmed = clicks.one("first_warmed_up")
            clicks.one("not_counted")
            warm = [clicks.one(f"warm_{number}") for number in range(options.rounds)]
    show(f"first of the kit, worker just registered, {options.submissions} submissions", [first])
    show(f"first of the kit, worker up for {options.warm_up:g} s", [warmed])
    show("warm", warm)


class Clicks:
    """Submissions over HTTP, one after the other, each beside a process of ``ramp-test``."""

    def __init__(self, site: Site, ramp: Callable[[], object]):
        self._site, self._ramp = site, ramp
        self._known: dict[str, str] = {}
        self._times = site.folder / "times.jsonl"
        site.environment[TIMES] = str(self._times)
        self.command = [sys.executable, __file__, "--worker"]
        self._student = Student(site)
        self._student.type(CODE.read_text())

    def one(self, name: str) -> tuple[Stages, float]:
        """Return the stages of one submission, and the seconds of ``ramp-test`` after it."""
        token, board = self._student.token(), f"/events/{EVENT}/leaderboard"
        self._student.page(board, self._known)
        clicked_s = time.time()
        self._student.click(token, name)
        answered_s = time.time()
        self._student.page(f"/events/{EVENT}/my_submissions")  # where the answer leads
        while name not in self._student.page(board, self._known):
            if time.time() > clicked_s + SEEN_WITHIN_S:
                raise SystemExit(f"{name} did not come; see {self._site.folder / 'worker.log'}.")
            time.sleep(LOOK_EVERY_S)
        stages = {"POST answered": answered_s, "row seen": time.time()} | self._inside(name)
        self._await_rest()
        return {stage: stages[stage] - clicked_s for stage in STAGES}, timed(self._ramp)

    def fill(self, n_rows: int) -> None:
        """Fill the event with copies of the first submission."""
        self._await_rest()
        with self._site.transaction() as session:
            pattern = session.scalars(select(Submission)).one()
            event = session.scalars(select(Event)).one()
            scored_rows.fill(session, event=event, pattern=pattern, n_rows=n_rows, now=utc_now())

    def _inside(self, name: str) -> Stages:
        """Return when the worker reached its stages, in seconds of the epoch."""
        with self._site.transaction() as session:
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
            with self._site.transaction() as session:
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
