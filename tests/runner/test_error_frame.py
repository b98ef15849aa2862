"""The door for errors: what the worker in the jail sends passes as it is, all else is bad output."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard.errors import SubmissionError
from databoard.jail import BadOutput
from databoard.runner import fold_worker
from databoard.runner.error_frame import REFUSAL, ErrorFrame, TraceFrame, parse_error

FACTS = {
    "type": "ValueError", "text": "bad", "frames": [["submission/classifier.py", 5, "fit"]], "advice": "",
    "nature": "exception", "hint": "",
}  # fmt: skip
WRONG_TYPES = ([], {}, None, 1, 1.5, True, float("nan"), [[]], {"a": "b"}, [None])
FOLDER = Path("/tmp/job/submission")


def parse(**facts):
    return parse_error(json.dumps(FACTS | facts).encode())


def test_a_well_formed_error_comes_through_as_it_is():
    frames = (TraceFrame("submission/classifier.py", 5, "fit"),)
    assert parse() == ErrorFrame("ValueError", "bad", frames, "", "exception", "")


def test_keys_that_nobody_knows_are_left_out():
    assert parse(more=[1] * 1000) == parse()


@pytest.mark.parametrize("value", WRONG_TYPES, ids=repr)
@pytest.mark.parametrize("key", sorted(FACTS))
def test_a_value_of_another_type_is_refused(key, value):
    if (key, value) == ("frames", []):
        assert parse(frames=[]).frames == ()
    else:
        with pytest.raises(BadOutput, match=REFUSAL):
            parse(**{key: value})


@pytest.mark.parametrize(
    "frame",
    [
        [], ["f", 1], ["f", 1, "g", 1], ["f", "1", "g"], ["f", True, "g"], ["f", -1, "g"], ["f", 2**31, "g"],
        ["f", 10**4000, "g"], ["f", 1.0, "g"], ["f", None, "g"], [["f"], 1, "g"], ["f", 1, None], "f1g",
        ["f" * 301, 1, "g"], ["f", 1, "g" * 301],
    ],
    ids=lambda frame: repr(frame)[:30],
)  # fmt: skip
def test_a_frame_of_another_shape_is_refused(frame):
    with pytest.raises(BadOutput, match=REFUSAL):
        parse(frames=[frame])


@pytest.mark.parametrize(
    "facts",
    [
        {"type": "T" * 101}, {"text": "x" * 4001}, {"advice": "x" * 4001}, {"hint": "x" * 801},
        {"frames": FACTS["frames"] * 41}, {"nature": "another"}, {"nature": ""},
    ],
    ids=lambda facts: "".join(facts),
)  # fmt: skip
def test_a_value_beyond_its_bounds_is_refused(facts):
    with pytest.raises(BadOutput, match=REFUSAL):
        parse(**facts)


@pytest.mark.parametrize("key", sorted(FACTS))
def test_a_missing_key_is_refused(key):
    with pytest.raises(BadOutput, match=REFUSAL):
        parse_error(json.dumps({name: value for name, value in FACTS.items() if name != key}).encode())


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"7", b"{", b"\xff\xfe", b"[" * 50_000, b'{"a":' * 9_000, b"9" * 20_000, b"NaN"]
)
def test_what_is_no_object_is_refused(data):
    with pytest.raises(BadOutput, match=REFUSAL):
        parse_error(data)


# What the worker itself sends


class WithStrangeText(Exception):
    def __str__(self):
        return "\U0001f600" * 5000


TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize("kind", [ValueError, SubmissionError, SyntaxError, SystemExit, OSError, KeyError])
@given(text=TEXT | st.just("\U0001f600" * 5000))
def test_an_error_of_any_text_is_described_so_that_it_passes(kind, text):
    passed = parse_error(fold_worker._encoded(fold_worker._describe(kind(text), FOLDER)))
    assert passed.type == kind.__name__


@pytest.mark.parametrize("line", [None, -1, 2**31, 10**30, "7"])
def test_a_frame_without_a_line_that_a_file_can_have_has_none(line):
    assert fold_worker._frame("/tmp/job/submission/a.py", line, "f" * 500, FOLDER) == [
        "submission/a.py",
        0,
        "f" * 300,
    ]


def test_an_error_that_is_too_long_for_a_frame_is_cut():
    error = {"text": "\U0001f600" * 4000, "advice": "é" * 4000, "frames": [["é" * 300, 1, "é" * 300]] * 40}
    encoded = fold_worker._encoded(FACTS | error)
    assert len(encoded) <= fold_worker.MAX_ERROR_BYTES
    passed = parse_error(encoded)
    assert passed.text and passed.advice and passed.frames
