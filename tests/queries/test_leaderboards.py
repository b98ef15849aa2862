"""Leaderboards: order, marks, and who sees what."""

from datetime import timedelta

import pytest

from databoard.queries import submissions
from databoard.services.people import access, accounts
from databoard.states import PENDING_STATES, SubmissionState
from tests.queries.conftest import column, names

NAN = float("nan")


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


def test_only_valid_submissions_that_have_scores_and_did_not_fail_are_shown(owls, add_scored, public):
    add_scored(owls, "good", valid={"acc": 0.5})
    add_scored(owls, "invalid", valid={"acc": 0.9}, is_valid=False)
    for state in set(SubmissionState) - {SubmissionState.scored}:
        add_scored(owls, str(state), valid={"acc": 0.9}, state=state)
    run_again = {str(state) for state in PENDING_STATES}  # it keeps its scores until there are new ones
    assert set(names(public())) == {"good"} | run_again


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
