"""Stored rows of boards are what the results say, after any sequence of what can happen."""

import random

import pytest

from databoard.queries import leaderboards
from databoard.queries.board_order import BoardRequest
from databoard.services.boards import rows
from databoard.states import BoardKind
from tests.support.naive_board import naive_board, stored_board

N_HAPPENINGS = 20


@pytest.mark.parametrize("seed", range(4))
def test_after_any_sequence_both_boards_are_those_of_the_results(session, course, seed):
    course.chance = random.Random(seed)
    told = []
    for _ in range(N_HAPPENINGS):
        happening = course.chance.choice(course.happenings)
        told.append(happening.__name__)
        happening()
        for kind in BoardKind:
            expected = naive_board(session, course.event.id, kind)
            page = leaderboards.page(session, event=course.event, kind=kind, request=BoardRequest())
            assert stored_board(page.rows) == expected, told
            assert page.n_rows == len(expected), told
            every = leaderboards.every_row(session, event=course.event, kind=kind)
            assert stored_board(every) == expected, told
        assert rows.rebuild(session, course.event) == [], told
