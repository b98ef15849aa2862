"""Events as visitors see them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, inspect

from databoard.errors import NotFound
from databoard.models import EnsembleScore, Event
from databoard.queries import events
from databoard.queries.paging import Position
from databoard.services.events import provisioning
from databoard.services.events.events import event_by_name
from databoard.services.people import access
from databoard.states import EnsembleKind


@pytest.fixture
def page(session, iris_event, store, now, alice):
    def page(user=alice, at=now):
        viewer = access.event_access(session, event=iris_event, user=user)
        return events.page(session, viewer=viewer, store=store, now=at)

    return page


@pytest.mark.parametrize(
    ("days", "status"), [(-2, "upcoming"), (0, "open"), (6, "open"), (7, "closed"), (9, "closed")]
)
def test_the_status_follows_the_dates(session, now, days, status, iris_event):
    [card] = events.cards(session, user=None, now=now + timedelta(days=days)).rows
    assert card.status == status


def test_an_event_without_opening_date_is_upcoming_and_listed_last(session, iris_event, store, now):
    provisioning.add_event(session, name="iris", store=store, now=now)
    event_by_name(session, "iris").opens_at = None
    session.flush()
    listed = [(card.name, card.status) for card in events.cards(session, user=None, now=now).rows]
    assert listed == [("iris_test", "open"), ("iris", "upcoming")]


def test_a_card_counts_teams_that_are_in_and_submissions(session, owls, charlies, hand_in, now, alice):
    hand_in(owls, "aaaa"), hand_in(owls, "bbbb")
    charlies.approved_at = None
    session.flush()
    [card] = events.cards(session, user=alice, now=now).rows
    assert (card.n_teams, card.n_submissions) == (1, 2)


@pytest.mark.parametrize(
    ("name", "membership"), [("alice", "joined"), ("charlie", "waiting"), ("olga", None)]
)
def test_a_card_tells_whether_one_takes_part(request, session, charlies, now, name, membership):
    charlies.approved_at = None
    session.flush()
    [card] = events.cards(session, user=request.getfixturevalue(name), now=now).rows
    assert card.membership == membership


def test_the_page_tells_rules_files_and_scores(page):
    shown = page()
    assert (shown.files, shown.min_duration_s, shown.limits.wall_time_s) == (("classifier.py",), 60, 60)
    assert [(score.name, score.is_official) for score in shown.scores][:2] == [
        ("acc", True),
        ("error", False),
    ]
    assert shown.description.startswith("# ")


def test_combined_test_scores_are_hidden_until_they_may_be_seen(session, page, iris_event, now, olga):
    session.add(
        EnsembleScore(
            event=iris_event,
            event_score_type=iris_event.official_score,
            valid_score=0.875,
            test_score=0.625,
            kind=EnsembleKind.combined,
            computed_at=now,
        )
    )
    session.flush()
    assert [(c.valid_text, c.test_text) for c in page().combined] == [("0.88", None)]
    assert [c.test_text for c in page(olga).combined] == ["0.62"]
    assert [c.test_text for c in page(at=iris_event.closes_at).combined] == ["0.62"]


def test_an_unknown_event_is_not_found(session, iris_event):
    with pytest.raises(NotFound, match="'iris_tset'"):
        event_by_name(session, "iris_tset")


def test_pages_of_events_of_equally_many_teams_joined_are_the_whole_list_those_without_a_date_last(
    session, iris_event, now
):
    kept = {
        each.key: getattr(iris_event, each.key) for each in inspect(Event).column_attrs if each.key != "id"
    }
    opens = [None if i % 3 == 0 else now - timedelta(hours=i // 2) for i in range(120)]
    rows = [{**kept, "name": f"event_{i}", "opens_at": at} for i, at in enumerate(opens)]
    session.execute(insert(Event), rows)
    parts, found = [], events.cards(session, user=None, now=now)
    while found.next is not None:
        parts.append(found)
        found = events.cards(session, user=None, now=now, position=Position(found.next))
    cards = [card for part in [*parts, found] for card in part.rows]
    assert len(cards) == len({card.name for card in cards}) == 121
    assert [part.previous is None for part in [*parts, found]] == [True, False, False]
    last = datetime(1970, 1, 1, tzinfo=UTC)
    assert cards[0].name == iris_event.name  # it has teams
    times = [(card.opens_at or last).timestamp() for card in cards[1:]]
    assert times == sorted(times, reverse=True)
