"""Pages by key: joined they are the whole list, in both directions, whatever comes in between."""

import base64
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    Column,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    type_coerce,
)

from databoard.models.base import UTCDateTime
from databoard.queries.page_keys import NoKey, key_text, parsed_key
from databoard.queries.paging import Position, SortColumn, page_by_key

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
ROWS = Table(
    "sorted_rows",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("score", Float),
    Column("name", String, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    prefixes=["TEMPORARY"],
)
IDS = select(ROWS.c.id)
#: Few values, so that many rows are equal in them.
ROW = st.fixed_dictionaries(
    {
        "score": st.sampled_from([None, 0.3, 0.1 + 0.2, -1e300, float("inf")]),
        "name": st.sampled_from(["", "a", "B", "é", "a'; --"]),
        "at": st.sampled_from([NOON, NOON + timedelta(microseconds=1)]),
    }
)
NAMES = st.sampled_from(
    [(), ("score",), ("name",), ("at",), ("score", "at"), ("name", "score"), ("at", "name")]
)
DIRECTIONS = st.lists(st.booleans(), min_size=3, max_size=3)
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def table(session):
    ROWS.create(session.connection())
    yield session
    session.rollback()


def put(session, rows):
    session.execute(delete(ROWS))
    if rows:
        session.execute(insert(ROWS), rows)


def order_of(names, directions):
    return [
        SortColumn(ROWS.c[name], is_descending, is_nullable=name == "score")
        for name, is_descending in zip([*names, "id"], directions, strict=False)
    ]


def ids_of(page):
    return [row.id for row in page.rows]


def forward(session, order, size, then=lambda: None):
    """Yield every page, the first one first."""
    page = page_by_key(session, IDS, order, size=size)
    yield page
    while page.next is not None:
        then()
        page = page_by_key(session, IDS, order, position=Position(page.next, is_strict=True), size=size)
        yield page


def backward(session, order, size, page):
    """Yield every page before `page`, the nearest first."""
    while page.previous is not None:
        position = Position(page.previous, is_before=True, is_strict=True)
        page = page_by_key(session, IDS, order, position=position, size=size)
        yield page


def whole_list(session, order):
    clauses = []
    for by in order:
        clauses += [by.column.is_(None)] if by.is_nullable else []
        clauses.append(by.column.desc() if by.is_descending else by.column.asc())
    return list(session.scalars(IDS.order_by(*clauses)))


@FEW
@given(rows=st.lists(ROW, max_size=12), names=NAMES, directions=DIRECTIONS, size=st.integers(1, 5))
def test_all_pages_joined_are_the_whole_list_in_both_directions(table, rows, names, directions, size):
    put(table, rows)
    order = order_of(names, directions)
    pages = list(forward(table, order, size))
    back = list(backward(table, order, size, pages[-1]))
    expected = whole_list(table, order)
    assert [id for page in pages for id in ids_of(page)] == expected
    assert [id for page in reversed([pages[-1], *back]) for id in ids_of(page)] == expected
    assert {len(page.rows) for page in pages[:-1]} <= {size} and [page.is_first for page in pages][1:].count(
        True
    ) == 0


@FEW
@given(
    rows=st.lists(ROW, min_size=1, max_size=10),
    coming=st.lists(ROW, max_size=6),
    names=NAMES,
    directions=DIRECTIONS,
    size=st.integers(1, 3),
)
def test_rows_that_come_in_between_make_no_other_row_missing_or_doubled(
    table, rows, coming, names, directions, size
):
    put(table, rows)
    order, waiting = order_of(names, directions), list(coming)
    at_first = whole_list(table, order)

    def let_one_in():
        if waiting:
            table.execute(insert(ROWS), [waiting.pop()])

    pages = list(forward(table, order, size, then=let_one_in))
    seen = [id for page in pages for id in ids_of(page)]
    assert [id for id in seen if id in set(at_first)] == at_first and len(set(seen)) == len(seen)
    back = [*reversed(list(backward(table, order, size, pages[-1]))), pages[-1]]
    assert [id for page in back for id in ids_of(page)] == whole_list(table, order)


def test_a_page_takes_one_query_however_long_the_list(table, n_queries):
    order = order_of(("at",), [True, True])
    row = {"score": 0.5, "name": "a", "at": NOON}
    for n in (3, 300):
        put(table, [row] * n)
        assert n_queries(lambda: next(forward(table, order, 50))) == 1


def test_the_total_is_told_while_it_costs_nothing(table):
    order = order_of((), [False])
    put(table, [{"score": 0.5, "name": "a", "at": NOON}] * 3)
    assert [page.total for page in forward(table, order, 3)] == [3]
    assert [page.total for page in forward(table, order, 2)] == [None, None]


def test_rows_keep_the_names_of_their_columns(table):
    put(table, [{"score": 0.5, "name": "a", "at": NOON}])
    page = page_by_key(table, select(ROWS.c.name, ROWS.c.at.label("when")), order_of(("at",), [True, True]))
    assert [(row.name, row.when, len(row)) for row in page.rows] == [("a", NOON, 2)]


# Keys

TYPES = [(float, True), (str, False), (datetime, False), (date, False), (bool, False), (int, False)]
KEY = (0.1 + 0.2, "é", NOON, date(2026, 11, 24), True, 7)


def text_of(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def test_a_key_comes_back_as_it_was():
    assert parsed_key(key_text(KEY), TYPES, is_strict=True) == KEY
    assert parsed_key(key_text((None, *KEY[1:])), TYPES, is_strict=True) == (None, *KEY[1:])


WRONG = [
    "",
    "?",
    "é",
    "A" * 1001,
    text_of({"id": 1}),
    text_of([]),
    text_of([1, 2]),
    text_of([1.0]),
    text_of(["1"]),
    text_of([True]),
    text_of([None]),
    text_of([2**63]),
    "W1" * 400,
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_key_means_the_first_page_or_is_refused(table, text):
    put(table, [{"score": 0.5, "name": "a", "at": NOON}])
    for is_before in (False, True):
        page = page_by_key(table, IDS, order_of((), [False]), position=Position(text, is_before))
        assert page.is_first and len(page.rows) == 1
        with pytest.raises(NoKey, match="from the link"):
            page_by_key(table, IDS, order_of((), [False]), position=Position(text, is_before, is_strict=True))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, "a\0"),
        (str, "\ud800"),
        (str, None),
        (str, []),
        (float, 5),
        (float, float("nan")),
        (datetime, 5),
        (datetime, "yesterday"),
        (datetime, "2026-11-24T12:00:00"),
        (datetime, "0001-01-01T00:00:00+23:59"),
        (date, "2026-11-24T12:00:00+00:00"),
    ],
)
def test_values_that_no_column_holds_are_no_key(kind, value):
    assert parsed_key(text_of([value]), [(kind, False)], is_strict=False) is None


def test_a_list_is_not_sorted_by_what_no_key_can_hold(table):
    with pytest.raises(TypeError, match="sorted by int"):
        page_by_key(table, IDS, [SortColumn(type_coerce(ROWS.c.name, JSON))])


@FEW
@given(
    values=st.lists(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans()), max_size=3)
)
def test_whatever_comes_as_a_key_is_answered(table, values):
    put(table, [{"score": 0.5, "name": "a", "at": NOON}] * 2)
    for names in ((), ("score",), ("name",), ("at", "name")):
        position = Position(text_of(values), is_before=len(values) == 1)
        page_by_key(table, IDS, order_of(names, [False] * 3), position=position)
