"""The law of digits: what a score tells past the digits of its event leaves the server through no route.

A log loss with 16 digits tells every validation label. So two servers whose scores differ past their digits only
must give every visitor the same bytes, on every page, in every file, in every phase of the event.
"""

import re
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from databoard.models import (
    EnsembleScore,
    Event,
    Submission,
    SubmissionFold,
    SubmissionFoldScore,
    SubmissionScore,
    SupersededScore,
)
from databoard.services.boards import rows as boards
from databoard.services.results.score_columns import NUMBERS
from databoard.states import EnsembleKind, SubmissionState
from tests.support.route_names import ADMIN_NAMES

VISITORS = (None, "alice", "charlie", "olga", "root")
TOKEN = re.compile(r'name="csrf_token"[^>]* value="[^"]+"')
#: The most digits after the point of a score of iris; one more digit would be told of these values.
BASE, TOLD = 0.85, "0.8503"
N_FOLDS = 2


@pytest.fixture
def ranked(session, scored, charlies, now):
    """A second scored submission, of another team, and all else that holds scores: earlier ones, a blend."""
    other = Submission(
        event_team_id=charlies.id, name="other", slug="other-slug", state=SubmissionState.scored
    )
    other.submitted_at = scored.submitted_at + timedelta(minutes=5)
    event = charlies.event
    other.scores = [
        SubmissionScore(event_score_type=kind, valid_bags=[], test_bags=[], version="v1")
        for kind in event.score_types
    ]
    earlier = SupersededScore(
        submission_id=scored.id, name="older", version="v0", replaced_at=scored.submitted_at
    )
    earlier.details = {"precision": 3}
    blends = [
        EnsembleScore(event_id=event.id, event_score_type=kind, kind=EnsembleKind.combined, computed_at=now)
        for kind in event.score_types
    ]
    session.add_all([other, earlier, *blends])
    session.commit()
    return scored


def plant(session, tail):
    """Write numbers that differ past their digits only, each by another multiple of ``tail``; the order stays."""
    steps = count(1)

    def number(base=BASE):
        return base + 0.0003 + next(steps) * 7 % 13 * tail

    for row in session.scalars(select(SubmissionScore).order_by(SubmissionScore.id)):
        base = BASE - row.submission_id / 100
        for name in NUMBERS:
            curve = [number(BASE) for _ in range(N_FOLDS + 1)]
            setattr(row, name, curve if name.endswith("bags") else number(base))
    for row in session.scalars(select(SubmissionFoldScore).order_by(SubmissionFoldScore.id)):
        row.train_score, row.valid_score, row.test_score = number(), number(), number()
    for row in session.scalars(select(SupersededScore)):
        row.valid_bag, row.test_bag = number(), number()
        row.details = {**row.details, "valid_mean": number()}
    for row in session.scalars(select(EnsembleScore).order_by(EnsembleScore.id)):
        row.valid_score, row.test_score = number(), number()
    for row in session.scalars(select(SubmissionFold).order_by(SubmissionFold.id)):
        row.train_time_s, row.valid_time_s, row.test_time_s, row.cpu_time_s = (number(3.5) for _ in range(4))
    # Contributivities are shares of counts, told as they are: how many bits they hold stands in docs/security.md.
    boards.refresh_all(session, session.scalars(select(Event).where(Event.name == "iris_test")).one())
    session.commit()


#: Files, and pages that say how the machine is: its free disk, its load.
OF_THE_MACHINE = {
    "assets.file",
    "metrics.show",
    "home.ready",
    "admin.checks_json",
    "admin.checks_csv",
    "admin.overview",
}


def addresses(app, slug):
    """Every address that answers GET, filled in; a route with a new kind of argument needs a value here."""
    values = {"event_name": "iris_test", "slug": slug, "element": "classifier", "problem_name": "iris"}
    values |= {"version_id": 1, "image_name": "a.png"} | ADMIN_NAMES
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint not in OF_THE_MACHINE:
            with app.test_request_context():
                yield app.url_map.bind("").build(
                    rule.endpoint, {name: values[name] for name in rule.arguments}
                )


def answers(app, visitors, slug):
    """Return what each visitor gets at each address, as a browser asks and as htmx does."""
    got = {}
    for name, visitor in visitors.items():
        visitor.get("/")  # takes what earlier refusals left to be told
        for url in addresses(app, slug):
            for headers in ({}, {"HX-Request": "true"}):
                body = visitor.get(url, headers=headers).get_data().decode("latin-1")
                got[name, url, bool(headers)] = TOKEN.sub("", body)
    return got


@pytest.mark.parametrize(("phase", "kind"), [("competing", "bag"), ("open", "mean"), ("closed", "bag")])
def test_digits_past_those_of_the_event_change_no_byte_of_any_answer(
    app, visit, session, ranked, clock, iris_event, phase, kind
):
    iris_event.score_kind = kind
    visitors = {name: visit(name) for name in VISITORS}
    clock.now = {
        "competing": clock.now,
        "open": iris_event.public_opens_at + timedelta(hours=1),
        "closed": iris_event.closes_at + timedelta(hours=1),
    }[phase]
    plant(session, 1e-12)
    first = answers(app, visitors, ranked.slug)
    plant(session, 7e-12)
    second = answers(app, visitors, ranked.slug)
    assert any("0.85" in answer for answer in first.values())
    assert [where for where, answer in first.items() if answer != second[where]] == []
    assert [where for where, answer in first.items() if TOLD in answer] == []
