"""Visitors: the cast in front of a browser, on SQLite, with the clock of the tests.

``visit("alice")`` is alice logged in; ``visit(None)`` is a stranger. Forms carry their CSRF token as in life.
"""

import re
from datetime import timedelta

import pytest

import config
from databoard.app import create_app, db, request_facts
from databoard.models import SubmissionFoldScore, SubmissionScore
from databoard.services.boards import rows as boards
from databoard.services.submissions import submit
from databoard.states import ErrorCode, JobState, SubmissionState
from tests.shared_engines import SharedEngine

PASSWORD = "four ordinary words"
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Clock:
    """A clock that stands still until told."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **span):
        self.now += timedelta(**span)


class Visitor:
    """A test client that fills in the CSRF token of each form it sends."""

    def __init__(self, client):
        self.client = client
        self._tokens = {}  # by what the cookie holds: a new one comes with each login

    def get(self, url, **options):
        return self.client.get(url, buffered=True, **options)

    def post(self, url, data=None, **options):
        return self.client.post(url, data={"csrf_token": self._known_token(), **(data or {})}, **options)

    def token(self):
        """Open a page and return the token of its form; what was flashed is shown by then."""
        found = TOKEN.search(self.get("/").text) or TOKEN.search(self.get("/login").text)
        return found.group(1)

    def _known_token(self):
        with self.client.session_transaction() as cookie:
            known = self._tokens.get(cookie.get("csrf_token"))
        if known is None:
            known = self.token()
            with self.client.session_transaction() as cookie:
                self._tokens[cookie["csrf_token"]] = known
        return known


@pytest.fixture
def clock(now):
    return Clock(now)


@pytest.fixture(scope="session")
def shared_apps():
    """The applications of this worker's tests by kind of database, each with its engine.

    Routes, templates and statements are compiled once; `app` exchanges what differs between tests.
    """
    return {}


@pytest.fixture
def app(database_url, home, problems, clock, shared_apps):
    settings = config.load(
        {
            "DATABOARD_ENV": "testing",
            "DATABOARD_HOME": str(home),
            "DATABOARD_PROBLEMS": str(problems),
            "DATABOARD_DB_URL": database_url,
            "DATABOARD_SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
        }
    )
    kind = database_url.partition(":")[0]
    if kind not in shared_apps:
        app = create_app(settings, clock=clock)
        app.testing = True
        with app.app_context():
            shared_apps[kind] = app, SharedEngine(db.engine)
    app, engine = shared_apps[kind]
    app.extensions["databoard"].update(request_facts(settings, clock))
    with engine.at(database_url):
        yield app


@pytest.fixture
def visit(app):
    """Return a function: name of one of the cast (or None) -> visitor."""

    def visit(name=None):
        visitor = Visitor(app.test_client())
        if name is not None:
            answer = visitor.post("/login", {"login": name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return visitor

    return visit


@pytest.fixture
def database_kind():
    """Views are tested on SQLite; the services below them are tested on both kinds."""
    return "sqlite"


@pytest.fixture
def submitted(session, owls, alice, store, now):
    """A submission of the owls that waits for training."""
    submission = submit.submit(
        session, event_team=owls, user=alice, name="forest", store=store, now=now - timedelta(hours=1)
    )
    session.commit()
    return submission


@pytest.fixture
def scored(session, submitted, iris_event):
    """The same submission, scored: 0.9 valid and 0.7 test in every score."""
    for state in ("sent_to_training", "training", "tested", "scored"):
        submitted.state = SubmissionState(state)
    for state in ("started", "success"):
        submitted.jobs[0].state = JobState(state)
    bags = {"valid_bags": [0.8, 0.9], "test_bags": [0.6, 0.7], "version": "v1"}
    submitted.scores = [
        SubmissionScore(event_score_type=kind, valid_bag=0.9, test_bag=0.7, **bags)
        for kind in iris_event.score_types
    ]
    for fold in submitted.folds:
        fold.state, fold.train_time_s, fold.cpu_time_s = SubmissionState.scored, 1.5, 2.5
        fold.scores = [
            SubmissionFoldScore(event_score_type=kind, train_score=0.95, valid_score=0.85, test_score=0.6543)
            for kind in iris_event.score_types
        ]
    boards.refresh(session, iris_event.id, [submitted.id])
    session.commit()
    return submitted


@pytest.fixture
def failed(session, submitted):
    """The same submission, failed in fit."""
    submitted.state = SubmissionState.training_error
    submitted.error_code, submitted.error_message = ErrorCode.training_error, "ValueError: <b>no</b>"
    submitted.trace = 'File "classifier.py", line 14, in fit'
    session.commit()
    return submitted
