"""The drill: back up while submissions train and people click, destroy everything, restore, and go on."""

import itertools
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from sqlalchemy import create_engine, func, select, text

import config
from databoard.models import Job, Submission, SubmissionScore
from databoard.ops import serve
from databoard.ops.backup.make import make
from databoard.runner import load_predictions
from databoard.services.base.database import transaction
from databoard.services.submissions import submit
from databoard.states import PENDING_JOB_STATES, SubmissionState
from tests.walk import chaos_findings
from tests.walk.chaos import ROOT, Crew
from tests.walk.chaos_stage import KINDS, Plan, Stage

PLAN = Plan(48, n_teams=6, n_workers=2)
N_CLICKERS, PAUSE_S = 10, 0.25
PATIENCE_S = 240
PAGES = (
    "/",
    "/events/tiny_test",
    "/events/tiny_test/leaderboard",
    "/events/tiny_test/leaderboard.json",
    "/login",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """The URL of an empty database, and a function that destroys it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home/databoard.db'}", lambda: None  # it goes with its folder
    url = request.getfixturevalue("own_postgres").url
    run_sql(url, "CREATE DATABASE drill")
    drop = lambda: run_sql(url, "DROP DATABASE drill WITH (FORCE)")  # noqa: E731
    return url.replace("/postgres?", "/drill?"), drop


def run_sql(url, statement):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def stage(database, tmp_path):
    stage = Stage(PLAN, database[0], tmp_path)
    stage.fill()
    yield stage
    stage.engine.dispose()


@pytest.fixture
def environ(stage, bare_environment, pg_bin):
    return {
        **bare_environment,
        "DATABOARD_HOME": str(stage.home),
        "DATABOARD_PROBLEMS": str(stage.problems),
        "DATABOARD_DB_URL": stage.url,
        "DATABOARD_PG_BIN": str(pg_bin),
    }


class Web:
    """A real web server and people who click on it until they are stopped."""

    def __init__(self, environ, folder):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self._port = listener.getsockname()[1]
        command = serve.web_command(SimpleNamespace(host="127.0.0.1", web_workers=1), self._port)
        with open(folder / "web.log", "wb") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        self.answers, self._is_over = Counter(), threading.Event()
        self._people = [threading.Thread(target=self._click, args=(n,)) for n in range(N_CLICKERS)]
        for person in self._people:
            person.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._is_over.set()
        for person in self._people:
            person.join()
        self._process.terminate()
        self._process.wait()

    def _click(self, number):
        person = build_opener(HTTPCookieProcessor())
        until(lambda: self._log_in(person, f"team{number % PLAN.n_teams:02d}"), "the web server answers")
        for page in itertools.cycle(PAGES):
            if self._is_over.wait(PAUSE_S):
                return
            try:
                self.answers[person.open(self._address(page), timeout=60).status] += 1
            except HTTPError as error:
                self.answers[error.code] += 1

    def _log_in(self, person, name):
        try:
            page = person.open(self._address("/login"), timeout=60).read().decode()
        except URLError:  # it has not begun to listen
            return False
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        form = {"csrf_token": token, "login": name, "password": "four ordinary words"}
        return "/login" not in person.open(self._address("/login"), urlencode(form).encode(), timeout=60).url

    def _address(self, page):
        return f"http://localhost:{self._port}{page}"


def until(condition, what):
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"{what}: not within {PATIENCE_S} s"
        time.sleep(0.05)


def n_scored(stage):
    query = select(func.count(Submission.id)).where(Submission.state == SubmissionState.scored)
    return stage.read(query)[0][0]


def results(stage):
    """Return by submission its run, its scores and what it predicted."""
    query = select(Submission.id, Submission.predictions_key).where(
        Submission.state == SubmissionState.scored
    )
    columns = (SubmissionScore.event_score_type_id, SubmissionScore.valid_bag, SubmissionScore.test_bag)
    found = {}
    for submission_id, key in stage.read(query):
        scores = stage.read(select(*columns).where(SubmissionScore.submission_id == submission_id))
        predictions = load_predictions(stage.store.predictions_path(submission_id, key))
        found[submission_id, key] = (sorted(map(tuple, scores)), predictions[0].y_pred_train.tolist())
    return found


def change_until(stage, is_over):
    """Run again and delete what is scored, one after the other; return the numbers changed."""
    changed = set()
    scored = select(Submission.id).where(Submission.state == SubmissionState.scored).order_by(Submission.id)
    for change in itertools.cycle((rerun, delete)):
        found = [number for (number,) in stage.read(scored)]
        if is_over() or len(changed) == 3:
            return changed
        if found:
            with transaction(stage.sessions) as session:
                change(session, session.get(Submission, found[-1]))
            changed.add(found[-1])
        time.sleep(0.1)


def rerun(session, submission):
    submit.rerun(session, submission, now=datetime.now(UTC))


def delete(session, submission):
    submit.delete_submission(session, submission, now=datetime.now(UTC))


def fab(environ, *words):
    command = [sys.executable, "-m", "fabric", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def back_up_busy_site(stage, environ, bare_environment, folder):
    """Train, click, change and back up at once; return the results before, and what was changed meanwhile."""
    with Web(environ, folder) as web, ExitStack() as ending:
        # First the people, who need seconds to log in: the queue must not drain meanwhile.
        until(lambda: web.answers.total() > N_CLICKERS, "the people click")
        ending.callback(Crew(stage, bare_environment).stop)
        until(lambda: n_scored(stage) >= 4, "four scored submissions")
        before = results(stage)
        with ThreadPoolExecutor(1) as beside:  # no process: while one starts, much would be trained
            backup = beside.submit(make, config.load(environ), now=datetime.now(UTC))
            changed = change_until(stage, backup.done)
            assert backup.result().manifest.missing == ()
        assert web.answers[200] > N_CLICKERS and set(web.answers) == {200}
    return before, changed


@pytest.mark.timeout(1200)
def test_everything_that_was_scored_comes_back_and_the_queue_drains(
    stage, database, environ, bare_environment, tmp_path
):
    before, changed = back_up_busy_site(stage, environ, bare_environment, tmp_path)
    shutil.move(stage.home / "backups", tmp_path / "backups")
    stage.engine.dispose()
    shutil.rmtree(stage.home)
    database[1]()
    shutil.copytree(tmp_path / "backups", stage.home / "backups")
    name = "drill" if "postgresql" in stage.url else "databoard.db"
    process = fab(environ, f"restore:yes={name}")
    assert process.communicate()[0] and process.returncode == 0
    after = results(stage)  # of each scored row the file is there
    unchanged = {run: result for run, result in before.items() if run[0] not in changed}
    assert unchanged and {run: after.get(run) for run in unchanged} == unchanged
    pending = select(Job.id).where(Job.state.in_(PENDING_JOB_STATES))
    assert stage.read(pending)
    crew = Crew(stage, bare_environment)
    try:
        until(lambda: not stage.read(pending), "the queue drains")
    finally:
        assert crew.stop() == [0] * PLAN.n_workers
    assert chaos_findings.wrong_scores(stage) == {}
    kinds = stage.read(select(Submission.name, Submission.state, Submission.error_code))
    assert {n: e for n, *e in kinds if tuple(e) != KINDS[n.split("-")[0]][1:]} == {}
