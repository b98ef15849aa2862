"""Leaderboards: order, marks, who sees what, and no more queries for more rows."""

import dataclasses
from datetime import timedelta

import pytest

from databoard.models import SubmissionScore
from databoard.queries import events, leaderboards, records, submissions
from databoard.queries.board_order import BoardRequest
from databoard.services.boards import rows as boards
from databoard.services.events import provisioning
from databoard.services.events.events import event_by_name
from databoard.services.people import access, accounts
from databoard.states import BoardKind, ScoreKind, SubmissionState

NAN = float("nan")


@pytest.fixture
def shown(session, iris_event):
    """Show the first page of a board. Tests write results by hand, so its stored rows are computed first."""

    def shown(kind, **asked):
        session.flush()
        boards.refresh_all(session, iris_event)
        return leaderboards.page(session, event=iris_event, kind=kind, request=BoardRequest(**asked))

    return shown


@pytest.fixture
def public(shown):
    return lambda **asked: shown(BoardKind.public, **asked)


@pytest.fixture
def private(shown):
    return lambda **asked: shown(BoardKind.private, **asked)


@pytest.fixture
def board_records(session, iris_event):
    """The records of all rows of a board, as JSON and CSV hold them."""

    def board_records(kind=BoardKind.public):
        boards.refresh_all(session, iris_event)
        rows = leaderboards.every_row(session, event=iris_event, kind=kind)
        return [records.board_record(row, has_contributivity=iris_event.has_contributivity) for row in rows]

    return board_records


def names(board):
    return [row.name for row in board.rows]


def column(board, key, attribute="value"):
    return [next(getattr(cell, attribute) for cell in row.cells if cell.name == key) for row in board.rows]


# Order


def test_higher_is_first_where_higher_is_better(owls, charlies, add_scored, public):
    for name, team, value in (("low", owls, 0.5), ("high", charlies, 0.9), ("mid", owls, 0.7)):
        add_scored(team, name, valid={"acc": value})
    assert names(public()) == ["high", "mid", "low"]
    assert [row.rank for row in public().rows] == [1, 2, 3]


def test_lower_is_first_where_lower_is_better(owls, iris_event, add_scored, public):
    for score in iris_event.score_types:
        score.is_official = score.name == "nll"
    for name, value in (("low", 0.5), ("high", 0.9), ("mid", 0.7)):
        add_scored(owls, name, valid={"nll": value, "acc": value})
    assert names(public()) == ["low", "mid", "high"]


def test_of_equal_scores_the_earlier_is_first(owls, charlies, add_scored, public):
    add_scored(owls, "later", minutes=2, valid={"acc": 0.5})
    add_scored(charlies, "earlier", minutes=1, valid={"acc": 0.5})
    assert names(public()) == ["earlier", "later"]


@pytest.mark.parametrize("official", ["acc", "nll"])
def test_what_has_no_score_is_last(owls, iris_event, add_scored, public, official):
    for score in iris_event.score_types:
        score.is_official = score.name == official
    add_scored(owls, "none", minutes=1)
    add_scored(owls, "nan", minutes=2, valid={official: NAN})
    add_scored(owls, "zero", minutes=3, valid={official: 0.0})
    assert names(public()) == ["zero", "none", "nan"]
    assert column(public(), official, "text")[1:] == ["–", "–"]


def test_only_scored_and_valid_submissions_are_shown(owls, add_scored, public):
    add_scored(owls, "good", valid={"acc": 0.5})
    add_scored(owls, "invalid", valid={"acc": 0.9}, is_valid=False)
    for state in set(SubmissionState) - {SubmissionState.scored}:
        add_scored(owls, str(state), valid={"acc": 0.9}, state=state)
    assert names(public()) == ["good"]


def test_an_empty_board_has_columns_and_no_rows(public):
    assert (public().n_rows, [c.key for c in public().columns]) == (0, ["acc", "error", "nll", "f1_70"])
    assert [c.key for c in public().columns if c.is_official] == ["acc"]


def test_the_order_is_that_of_the_exact_scores(owls, add_scored, public):
    add_scored(owls, "worse", minutes=1, valid={"acc": 0.901})
    add_scored(owls, "better", minutes=2, valid={"acc": 0.9010001})
    assert names(public()) == ["better", "worse"]
    assert column(public(), "acc") == [0.9, 0.9] and column(public(), "acc", "is_best") == [True, True]


# Cells


def test_records_hold_the_digits_of_the_text(owls, add_scored, public, board_records):
    add_scored(owls, "first", valid={"acc": 2 / 3, "nll": 1 / 3})
    assert (column(public(), "acc", "text"), column(public(), "nll", "text")) == (["0.67"], ["0.333"])
    [record] = board_records()
    assert (record["acc"], record["nll"], record["error"]) == (0.67, 0.333, None)
    assert (record["rank"], record["team"], record["submitted_at"]) == (
        1,
        "owls",
        "2026-11-24T12:00:00+00:00",
    )


def test_the_best_of_each_column_is_marked_by_its_direction(owls, add_scored, public):
    add_scored(owls, "a", valid={"acc": 0.9, "nll": 0.9})
    add_scored(owls, "b", valid={"acc": 0.5, "nll": 0.5})
    assert column(public(), "acc", "is_best") == [True, False]
    assert column(public(), "nll", "is_best") == [False, True]
    assert column(public(), "error", "is_best") == [False, False]


def test_equal_bests_are_all_marked(owls, add_scored, public):
    for minutes, name in enumerate(["a", "b", "c"]):
        add_scored(owls, name, minutes=minutes, valid={"acc": 0.5 if name != "c" else 0.1})
    assert column(public(), "acc", "is_best") == [True, True, False]


def test_times_are_sums_over_folds(owls, add_scored, public):
    add_scored(owls, "first", valid={"acc": 0.5})
    [row] = public().rows
    assert (row.train_time_s, row.valid_time_s) == (3.0, 0.5)  # two folds of 1.5 s and 0.25 s


def test_contributivities_are_shown_when_there_are_any(owls, add_scored, public, board_records):
    first = add_scored(owls, "first", valid={"acc": 0.5})
    assert "contributivity" not in board_records()[0]
    first.contributivity, first.historical_contributivity = 0.126, 0.5
    assert (public().rows[0].contributivity, public().rows[0].historical_contributivity) == (13, 50)


def test_percentages_of_all_rows_sum_to_100_and_records_hold_the_unrounded_shares(
    owls, add_scored, public, board_records
):
    for minutes, name in ((2, "new"), (0, "old"), (1, "mid")):
        row = add_scored(owls, name, minutes=minutes, valid={"acc": 0.5})
        row.contributivity, row.historical_contributivity = 1 / 3, {"old": 1.0}.get(name, 0.0)
    shown = {row.name: (row.contributivity, row.historical_contributivity) for row in public().rows}
    assert shown == {"old": (34, 100), "mid": (33, 0), "new": (33, 0)}
    assert [record["contributivity"] for record in board_records()] == [1 / 3] * 3
    assert sum(record["historical_contributivity"] for record in board_records()) == 1.0


def test_a_list_of_some_submissions_shows_the_percentages_of_the_board(
    session, owls, charlies, add_scored, public, iris_event
):
    mine = [
        add_scored(team, name, minutes=minutes, valid={"acc": 0.5}, contributivity=1 / 3)
        for minutes, (team, name) in enumerate([(charlies, "theirs"), (owls, "a"), (owls, "b")])
    ]
    rows = submissions.rows(session, mine[1:], iris_event)
    assert [(row.name, row.contributivity, row.share) for row in rows] == [("a", 33, 1 / 3), ("b", 33, 1 / 3)]
    assert {row.name: row.contributivity for row in public().rows} == {"theirs": 34, "a": 33, "b": 33}


# Who sees what


@pytest.mark.parametrize(
    ("viewer", "closed", "open_", "ended"),
    [
        ("alice", "own", "all", "own"),
        ("charlie", "other", "all", "other"),
        ("olga", "all", "all", "all"),
        ("root", "all", "all", "all"),
        ("wanda", "none", "none", "none"),
        ("nina", "none", "none", "none"),
        (None, "none", "none", "none"),
    ],
)
def test_code_is_linked_by_phase_and_viewer(
    session, owls, charlies, now, add_scored, public, viewer, closed, open_, ended
):
    accounts.create_user(session, name="nina", email="n@example.org", password="x" * 10, now=now)
    add_scored(owls, "owls1", valid={"acc": 0.9})
    add_scored(charlies, "char1", valid={"acc": 0.5})
    expected = {"own": [True, False], "other": [False, True], "all": [True, True], "none": [False, False]}
    viewer = viewer and accounts.user_by_name(session, viewer)
    for days, phase in ((0, closed), (2, open_), (8, ended)):
        seen = access.event_access(session, event=owls.event, user=viewer)
        rows = public().rows
        assert [seen.can_see_code(row, now + timedelta(days=days)) for row in rows] == expected[phase]


def test_own_rows_are_known(session, owls, charlies, bob, wanda, add_scored, public):
    add_scored(owls, "owls1", valid={"acc": 0.9})
    add_scored(charlies, "char1", valid={"acc": 0.5})
    for viewer, expected in ((bob, [True, False]), (wanda, [False, False]), (None, [False, False])):
        seen = access.event_access(session, event=owls.event, user=viewer)
        assert [seen.is_own(row) for row in public().rows] == expected


@pytest.mark.parametrize(
    ("viewer", "before", "after"),
    [("alice", False, True), ("olga", True, True), ("root", True, True), ("wanda", False, False)],
)
def test_test_scores_are_for_organisers_until_the_event_closes(session, iris_event, viewer, before, after):
    viewer = accounts.user_by_name(session, viewer)
    seen = access.event_access(session, event=iris_event, user=viewer)
    for at, is_allowed in (
        (iris_event.closes_at - timedelta(seconds=1), before),
        (iris_event.closes_at, after),
    ):
        assert seen.can_see_private_board(at) == is_allowed


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
