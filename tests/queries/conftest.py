"""Boards as pages show them, computed from results that tests write by hand."""

import pytest

from databoard.queries import leaderboards, records
from databoard.queries.board_order import BoardRequest
from databoard.services.boards import rows as boards
from databoard.states import BoardKind


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
