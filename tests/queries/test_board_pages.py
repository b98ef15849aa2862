"""Pages of boards: joined they are the whole board, in every order and both directions."""

import random
from dataclasses import replace
from itertools import product

import pytest

from databoard.queries import board_order, leaderboards
from databoard.queries.board_columns import board_columns
from databoard.queries.board_names import board_names
from databoard.queries.board_order import BoardRequest
from databoard.services.boards import rows as boards
from databoard.states import BoardKind

SIZE = 4


@pytest.fixture
def full(session, monkeypatch, iris_event, owls, charlies, add_scored):
    """A board of small pages with equal, missing and different values."""
    for module in (board_order, leaderboards):
        monkeypatch.setattr(module, "PAGE_SIZE", SIZE)
    chance = random.Random(3)
    for number in range(14):
        scores = {score.name: chance.choice((None, 0.25, 0.5, 0.75)) for score in iris_event.score_types}
        row = add_scored(
            chance.choice((owls, charlies)),
            f"{chance.choice('aBc')}{number}",
            minutes=number // 3,
            valid=scores,
            test={name: chance.choice((None, 0.5)) for name in scores},
        )
        row.contributivity = chance.choice((0.0, 0.125))
        for fold in row.folds:
            fold.train_time_s = chance.choice((None, 1.0, 2.0))
    boards.refresh_all(session, iris_event)
    return iris_event


@pytest.fixture
def page(session, full):
    return lambda kind, request: leaderboards.page(session, event=full, kind=kind, request=request)


def orders(event, kind):
    columns = [column.key for column in board_columns(event, kind)]
    names = ["rank", *board_order.TEXTS, *board_order.TIMES, *board_order.SHARES, "submitted_at", *columns]
    return [
        BoardRequest(sort=name, is_reversed=is_reversed) for name in names for is_reversed in (False, True)
    ]


@pytest.mark.parametrize("kind", BoardKind)
def test_pages_joined_are_the_whole_board_in_both_directions(full, page, kind):
    for request in orders(full, kind):
        forward, found = [], page(kind, request)
        assert found.previous is None
        while True:
            forward.append(found)
            if found.next is None:
                break
            found = page(kind, request.at(after=found.next))
        ids = [row.submission_id for part in forward for row in part.rows]
        assert [len(part.rows) for part in forward] == [4, 4, 4, 2] and len(set(ids)) == 14, request
        backward, found = [], forward[-1]
        while found.previous is not None:
            found = page(kind, request.at(before=found.previous))
            backward.append([row.submission_id for row in found.rows])
        assert backward == [[row.submission_id for row in part.rows] for part in forward[-2::-1]], request


@pytest.mark.parametrize("kind", BoardKind)
def test_in_every_order_the_rows_are_sorted_and_keep_their_ranks(session, full, page, monkeypatch, kind):
    monkeypatch.setattr(leaderboards, "PAGE_SIZE", 100)
    ranks = {row.submission_id: row.rank for row in leaderboards.every_row(session, event=full, kind=kind)}
    for request in orders(full, kind):
        rows = page(kind, request).rows
        assert {row.submission_id: row.rank for row in rows} == ranks
        values = [value_of(row, request.sort) for row in rows]
        there = [value for value in values if value is not None]
        assert values == there + [None] * (len(values) - len(there)), request  # what has none is last
        is_falling = request.is_reversed != better_is_higher(full, kind, request.sort)
        assert there == sorted(there, reverse=is_falling), request


def value_of(row, sort):
    plain = {
        "rank": row.rank,
        "team": row.team_name.lower(),
        "submission": row.name.lower(),
        "contributivity": row.share,
        "historical_contributivity": row.historical_share,
        "train_time_s": row.train_time_s,
        "valid_time_s": row.valid_time_s,
        "submitted_at": row.submitted_at,
    }
    return plain[sort] if sort in plain else next(cell.value for cell in row.cells if cell.name == sort)


def better_is_higher(event, kind, sort):
    columns = {column.key: column.is_lower_the_better is False for column in board_columns(event, kind)}
    return columns.get(sort, sort in board_order.SHARES or sort == "submitted_at")


def test_a_page_stays_where_it_is_while_rows_are_added_above(session, full, page, owls, add_scored):
    first = page(BoardKind.public, BoardRequest())
    second = page(BoardKind.public, BoardRequest(after=first.next))
    add_scored(owls, "winner", valid={"acc": 0.99})
    again = page(BoardKind.public, BoardRequest(after=first.next))
    assert [row.name for row in again.rows] == [row.name for row in second.rows]
    assert [row.rank for row in again.rows] == [row.rank + 1 for row in second.rows]


def test_a_search_finds_teams_and_submissions_whatever_the_case(page):
    found = page(BoardKind.public, BoardRequest(search="OWL"))
    assert found.rows and {row.team_name for row in found.rows} == {"owls"}
    assert {row.name[0] for row in page(BoardKind.public, BoardRequest(search="b1")).rows} <= {"B"}
    assert page(BoardKind.public, BoardRequest(search="%")).rows == ()


@pytest.mark.parametrize("n_few", [0, 200])
def test_a_search_among_names_that_were_read_before_finds_the_same(session, full, page, monkeypatch, n_few):
    monkeypatch.setattr(leaderboards, "_FEW", n_few)
    for kind in BoardKind:
        names = board_names(session, event_id=full.id, kind=kind)
        place = page(kind, BoardRequest()).next
        for text, order in product(["OWL", "b1", "zzz", "%", "s\na"], orders(full, kind)[::5]):
            request = replace(order, search=text)
            for asked in (request, request.at(after=place), request.at(before=place)):
                found = leaderboards.page(session, event=full, kind=kind, request=asked, names=names)
                assert found == page(kind, asked)


def test_ranks_are_those_of_now_when_a_submission_came_after_the_names(session, full, owls, add_scored):
    names = board_names(session, event_id=full.id, kind=BoardKind.public)
    add_scored(owls, "winner", valid={"acc": 0.99})
    asked = BoardRequest(sort="acc")
    found = leaderboards.page(session, event=full, kind=BoardKind.public, request=asked, names=names)
    assert next(row.rank for row in found.rows if row.name == "winner") == 1


@pytest.mark.parametrize(
    "request_", [BoardRequest(after=10**8), BoardRequest(sort="nothing"), BoardRequest(before=10**8)]
)
def test_what_does_not_exist_stands_for_the_first_page_by_rank(page, request_):
    assert page(BoardKind.public, request_) == page(BoardKind.public, BoardRequest())


def test_the_first_row_of_a_team_is_found_in_every_order(session, full, page, owls, monkeypatch):
    monkeypatch.setattr(leaderboards, "_ABOVE_OWN", 2)
    for request in orders(full, BoardKind.public):
        own = leaderboards.own_place(
            session, event=full, event_team_id=owls.id, kind=BoardKind.public, request=request
        )
        rows = page(BoardKind.public, request.at(after=own.after)).rows
        assert own.submission_id in [row.submission_id for row in rows[:3]], request
        assert [row.team_name for row in rows].index("owls") == [row.submission_id for row in rows].index(
            own.submission_id
        )
