"""The private board, boards of means, and no more queries for more rows."""

import dataclasses

import pytest

from databoard.models import SubmissionScore
from databoard.queries import events, leaderboards, submissions
from databoard.queries.board_order import BoardRequest
from databoard.services.events import provisioning
from databoard.services.events.events import event_by_name
from databoard.states import BoardKind, ScoreKind
from tests.queries.conftest import column, names

# The private board


def test_the_private_board_ranks_by_test_score_and_tells_the_move(owls, add_scored, private):
    for name, valid, test in (("a", 0.9, 0.5), ("b", 0.8, 0.7), ("c", 0.7, 0.9), ("d", 0.1, 0.1)):
        add_scored(owls, name, valid={"acc": valid}, test={"acc": test})
    assert [(row.name, row.rank, row.move) for row in private().rows] == [
        ("c", 1, 2),
        ("b", 2, 0),
        ("a", 3, -2),
        ("d", 4, 0),
    ]


def test_the_private_board_shows_test_bag_public_bag_mean_and_deviation(session, owls, add_scored, private):
    add_scored(owls, "a", valid={"acc": 0.9}, test={"acc": 0.5})
    session.query(SubmissionScore).update({"test_mean": 0.25, "test_std": 0.125})
    session.expire_all()
    board = private()
    assert [column(board, key)[0] for key in ("acc", "acc public", "acc mean", "acc std")] == [
        0.5,
        0.9,
        0.25,
        0.12,
    ]
    assert column(board, "acc std", "is_best") == [False]
    assert len(board.columns) == len(board.rows[0].cells) == 7


# The mean of the folds instead of the bagged score


@pytest.fixture
def by_mean(session, iris_event, owls, add_scored):
    """Two submissions that the bagged score and the mean of the folds rank differently, in an event of means."""
    iris_event.score_kind = ScoreKind.mean
    for name, bag, mean in (("bags", 0.9, 0.5), ("means", 0.7, 0.8)):
        row = add_scored(owls, name, valid={"acc": bag}, test={"acc": bag})
        for score in row.scores:
            score.valid_mean, score.test_mean, score.test_std = mean, mean / 2, 0.125
    return iris_event


def test_a_board_of_means_shows_and_ranks_by_them(by_mean, public, board_records):
    assert names(public()) == ["means", "bags"]
    assert column(public(), "acc") == [0.8, 0.5] == [record["acc"] for record in board_records()]
    assert [c.label for c in public().columns] == ["acc mean", "error mean", "nll mean", "f1_70 mean"]


def test_the_private_board_of_means_shows_bagged_scores_beside_them(by_mean, private):
    assert [(row.name, row.move) for row in private().rows] == [("means", 0), ("bags", 0)]
    keys = ("acc", "acc public", "acc bag", "acc std")
    assert [column(private(), key)[0] for key in keys] == [0.4, 0.8, 0.7, 0.12]


def test_a_board_of_bagged_scores_does_not_look_at_means(by_mean, public, private):
    by_mean.score_kind = ScoreKind.bag
    assert names(public()) == names(private()) == ["bags", "means"]
    assert [c.label for c in public().columns] == ["acc", "error", "nll", "f1_70"]


def test_a_teams_own_list_shows_what_the_board_shows(session, by_mean, owls, now):
    rows = submissions.mine(session, event_team=owls, now=now).rows
    assert sorted(row.cells[0].value for row in rows) == [0.5, 0.8]


# Queries


@pytest.mark.parametrize("kind", ["public", "private", "mine", "cards"])
def test_more_submissions_need_no_more_queries(session, owls, olga, store, now, add_scored, n_queries, kind):
    calls = {
        "public": lambda: leaderboards.page(
            session, event=owls.event, kind=BoardKind.public, request=BoardRequest()
        ),
        "private": lambda: leaderboards.page(
            session, event=owls.event, kind=BoardKind.private, request=BoardRequest()
        ),
        "mine": lambda: submissions.mine(session, event_team=owls, now=now),
        "cards": lambda: events.cards(session, user=olga, now=now),
    }
    call = calls[kind]
    [add_scored(owls, f"n{i}", valid={"acc": 0.5}) for i in range(3)]
    few = n_queries(call)
    [add_scored(owls, f"m{i}", valid={"acc": 0.5}) for i in range(27)]
    assert n_queries(call) == few < 20


def test_more_events_need_no_more_queries(session, iris_event, olga, now, store, n_queries):
    few = n_queries(lambda: events.cards(session, user=olga, now=now))
    for number in range(5):
        provisioning.add_event(session, name="iris", store=store, now=now)
        event_by_name(session, "iris").name = f"iris_{number}"
    assert n_queries(lambda: events.cards(session, user=olga, now=now)) == few


def test_rows_are_frozen(owls, add_scored, public):
    add_scored(owls, "first", valid={"acc": 0.5})
    with pytest.raises(dataclasses.FrozenInstanceError):
        public().rows[0].rank = 2
