"""Rows as table, JSON and CSV."""

import csv
import json
from io import StringIO

import pytest

from databoard.errors import RuleError
from databoard.tasks.output import rendered

ROWS = [{"name": "a", "value": 0.123456}, {"name": 'long, "name"', "value": None}]


def test_a_table_aligns_words_left_and_numbers_right():
    assert rendered(ROWS).splitlines() == [
        "name           value",
        "a             0.1235",
        'long, "name"       –',
    ]


def test_fractions_of_a_column_stand_point_below_point():
    rows = [{"value": value} for value in (1.5, 0.97321, None, 12.0)]
    assert rendered(rows).splitlines() == ["  value", " 1.5000", " 0.9732", "      –", "12.0000"]
    assert rendered([{"value": 3e-9}, {"value": 2.0}]).splitlines() == ["value", "3e-09", "    2"]


def test_json_and_csv_keep_every_digit():
    assert json.loads(rendered(ROWS, "json")) == ROWS
    assert list(csv.DictReader(StringIO(rendered(ROWS, "csv")))) == [
        {"name": "a", "value": "0.123456"},
        {"name": 'long, "name"', "value": ""},
    ]


@pytest.mark.parametrize(("format", "text"), [("table", "Nothing to show."), ("json", "[]"), ("csv", "")])
def test_no_rows_are_said_in_every_format(format, text):
    assert rendered([], format) == text


def test_another_format_is_refused():
    with pytest.raises(RuleError, match="Expected format table, json, csv, got 'xml'"):
        rendered(ROWS, "xml")
