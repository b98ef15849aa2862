"""Law: every page of every role asks the database at most six times, however many rows the site has."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, func, insert, inspect, select

from databoard.app import db
from databoard.models import (
    Event,
    EventTeam,
    Job,
    QuotaEntry,
    SandboxVersion,
    Submission,
    SupersededScore,
    Team,
    TeamMember,
    User,
    Worker,
)
from databoard.services.boards import rows as boards
from databoard.states import AccessLevel, JobState, JobStep
from databoard.views.board_pages import KeptPages
from tests import busy_site

MAX_STATEMENTS = 6
#: An answer that shows nothing: who asks, what they may do in the event, whether a thing in it exists.
MAX_OF_A_REFUSAL = 3


def copies(session, row, n, **changes):
    """Insert `n` copies of a row, each with `changes` of its number; return the numbers of the new rows."""
    model = type(row)
    first = session.scalar(select(func.max(model.id))) + 1
    kept = {each.key: getattr(row, each.key) for each in inspect(model).column_attrs if each.key != "id"}
    rows = [
        {**kept, "id": first + i, **{name: change(i) for name, change in changes.items()}} for i in range(n)
    ]
    session.execute(insert(model), rows)
    return [each["id"] for each in rows]


class Crowd:
    """Fills the busy site with more rows of every kind that a page lists."""

    def __init__(self, session, facts):
        self.session, self.facts, self.n_before = session, facts, 0

    def one(self, model, **facts):
        return self.session.scalars(select(model).filter_by(**facts).limit(1)).one()

    def grow(self, n):
        """Let `n` more come of everything."""
        name = lambda word: lambda i: f"{word}_{self.n_before + i}"  # noqa: E731
        self._people(n, name)
        self._submissions(n, name)
        owls = self.one(EventTeam, id=self.one(Submission, slug=self.facts.scored).event_team_id)
        copies(self.session, self.one(SandboxVersion, event_team_id=owls.id), n)
        copies(self.session, self.one(QuotaEntry, event_team_id=owls.id), n)
        copies(self.session, self.one(Worker, name="far:8"), n, name=name("worker"))
        copies(self.session, self.one(Event, name="iris_quiet"), n, name=name("iris"))
        boards.refresh_all(self.session, self.one(Event, name="iris_test"))
        self.session.commit()
        self.n_before += n

    def _people(self, n, name):
        alice, member = self.one(User, name="alice"), self.one(TeamMember)
        asked = {"access_level": lambda i: AccessLevel.asked}
        unique = {key: name(key) for key in ("name", "login", "email")}
        users = copies(self.session, alice, n, **unique)
        copies(self.session, alice, n, **{key: name(f"w{key}") for key in unique}, **asked)
        teams = copies(self.session, self.one(Team, name="alice"), n, name=name("team"))
        copies(self.session, member, n, team_id=teams.__getitem__, user_id=users.__getitem__)
        for event_name in ("iris_test", "iris_quiet"):
            facts = {"event_id": [self.one(Event, name=event_name).id] * n, "team_id": teams}
            if event_name == "iris_quiet":
                facts["approved_at"] = [None] * n
            own = self.one(EventTeam, event_id=self.one(Event, name="iris_test").id)
            copies(self.session, own, n, **{key: values.__getitem__ for key, values in facts.items()})

    def _mixed_times(self):
        """Return when copies were submitted, so that each page has some of every kind."""
        latest = self.session.scalar(select(func.max(Submission.submitted_at)))
        return lambda i: latest + timedelta(seconds=i + 1)

    def _submissions(self, n, name):
        times = self._mixed_times()
        for slug in (self.facts.scored, self.facts.waiting, self.facts.failed):
            row = self.one(Submission, slug=slug)
            facts = {"name": name(slug[:6]), "slug": name(slug), "submitted_at": times}
            ids = copies(self.session, row, n, **facts)
            if slug == self.facts.waiting:
                job = self.one(Job, submission_id=row.id)
                job.state, job.step = JobState.waiting, JobStep.train_test
                copies(self.session, job, n, submission_id=ids.__getitem__)
            for score in row.scores:
                copies(self.session, score, n, submission_id=ids.__getitem__)
            for fold in row.folds:
                copies(self.session, fold, n, submission_id=ids.__getitem__)
        scored = self.one(Submission, slug=self.facts.scored)
        copies(self.session, self.one(SupersededScore, submission_id=scored.id), n)


@contextmanager
def counted(app):
    """Yield a list that every statement is appended to."""
    statements = []
    count = lambda *facts: statements.append(facts[2])  # noqa: E731
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", count)
    yield statements
    event.remove(engine, "before_cursor_execute", count)


def statements_of(app, visitor, url, **options):
    with counted(app) as statements:
        answer = visitor.get(url, **options)
    return answer.status_code, len(statements)


@pytest.fixture
def site(session, store, now):
    facts = busy_site.fill(session, store, now)
    crowd = Crowd(session, facts)
    crowd.grow(3)
    return crowd


@pytest.fixture
def urls(app, site):
    """The addresses of all GET routes, and those of a board that is sorted, searched or opened in the middle."""
    start = site.one(Submission, slug=site.facts.scored).id
    boards = [
        f"/events/iris_test/{board}?{query}"
        for board in ("leaderboard", "private_leaderboard")
        for query in (
            f"after={start}",
            f"before={start}",
            f"sort=acc&order=reversed&after={start}",
            "q=owl",
            "own=1",
        )
    ]
    return [*busy_site.addresses(app, site.facts), *boards, "/events/iris_test/quota?team=owls"]


@pytest.mark.parametrize("name", [None, "alice", "bob", "olga", "root"])
def test_every_page_asks_at_most_six_times_however_many_rows(app, visit, site, urls, name):
    visitor = visit(name)
    few = {url: statements_of(app, visitor, url) for url in urls}
    site.grow(297)
    app.extensions["databoard"]["boards"] = KeptPages()  # all pages are read again
    many = {url: statements_of(app, visitor, url) for url in urls}
    assert {url: pair for url in urls if (pair := (few[url], many[url])) and pair[0] != pair[1]} == {}
    assert {url: found for url, found in many.items() if found[1] > MAX_STATEMENTS} == {}
    refused = {url: n for url, (status, n) in many.items() if status >= 400}
    assert {url: n for url, n in refused.items() if n > MAX_OF_A_REFUSAL} == {}


@pytest.mark.parametrize("name", ["alice", "root"])
def test_the_parts_that_htmx_asks_for_keep_the_law_too(app, visit, site, urls, name):
    visitor, headers = visit(name), {"HX-Request": "true"}
    asked = {url: statements_of(app, visitor, url, headers=headers)[1] for url in urls}
    assert {url: n for url, n in asked.items() if n > MAX_STATEMENTS} == {}
