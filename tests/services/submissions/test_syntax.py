"""Code that does not parse is told at once, by every door, with file and line; nothing is queued."""

import pytest

from databoard.errors import RuleError
from databoard.models import QuotaEntry, Submission
from databoard.services.submissions import submit, syntax, training_tasks
from databoard.services.teams import sandbox


@pytest.fixture
def refusal(tmp_path):
    """Return what is said about a file of a kit without an environment of its own; "" when it may pass."""

    def refusal(source, name="classifier.py"):
        try:
            syntax.require_parsed({name: source}, kit_path=tmp_path)
        except RuleError as error:
            return str(error)
        return ""

    return refusal


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (b"x = (1,\n", "line 1: '(' was never closed"),
        (b"def fit(self)\n    pass\n", "line 1: expected ':'"),
        (b"if True:\n\tx = 1\n        y = 2\n", "line 3: inconsistent use of tabs"),
        (b"x = 1\n  y = 2\n", "line 2: unexpected indent"),
    ],
)
def test_what_does_not_parse_is_told_with_its_line(refusal, source, told):
    assert told in refusal(source) and refusal(source).startswith("classifier.py does not parse")


@pytest.mark.parametrize("has_environment", [False, True])
@pytest.mark.parametrize(
    ("source", "told"),
    [
        (b"x = 1\nx = '\xe9'\n", "line 2: Expected UTF-8 text, got the byte 0xE9"),
        (b"x = 1\0\n", "line 1: Expected UTF-8 text, got a NUL byte"),
    ],
)
def test_what_is_no_text_is_told_with_its_line_in_every_environment(
    refusal, tmp_path, source, told, has_environment
):
    if has_environment:
        (tmp_path / "requirements.txt").write_text("numpy==2.0\n")
    assert refusal(source).startswith(f"classifier.py, {told}")


def test_requirements_that_were_spoilt_later_leave_it_to_the_jail(refusal, tmp_path):
    (tmp_path / "requirements.txt").write_bytes(b"numpy # \xe9\n")
    assert refusal(b"x = (1,\n") == ""


@pytest.mark.parametrize(
    "source",
    [
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"\xef\xbb\xbfx = 1\n",
        b"x = '\\d'\n",
        b"raise ValueError\n",
        b"-" * 100_000 + b"1\n",
        b"x = 1 +\n" * (1 << 18),
    ],
)
def test_what_may_run_or_cannot_be_told_passes(refusal, source):
    assert refusal(source) == ""


def test_only_python_has_to_parse(refusal):
    assert refusal(b"a,b\n1,2", "external_data.csv") == ""


def test_a_kit_with_its_own_environment_knows_its_own_grammar(tmp_path):
    (tmp_path / "requirements.txt").write_text("numpy==2.0\n")
    syntax.require_parsed({"classifier.py": b"x = (1,\n"}, kit_path=tmp_path)


def test_both_doors_refuse_and_nothing_is_queued(session, owls, alice, store, now):
    code = "class Classifier:\n    def fit(self, X, y)\n"
    sandbox.save(session, event_team=owls, texts={"classifier": code}, user=alice, store=store, now=now)
    with pytest.raises(RuleError, match="does not parse, line 2"):
        submit.submit(session, event_team=owls, user=alice, name="first", store=store, now=now)
    files = {"classifier.py": code.encode()}
    with pytest.raises(RuleError, match="does not parse, line 2"):
        submit.deposit(session, event_team=owls, name="ours", files=files, store=store, now=now)
    assert session.query(Submission).count() == session.query(QuotaEntry).count() == 0


def test_deposited_files_of_any_system_are_kept_as_utf8(session, owls, store, now):
    files = {"classifier.py": b"\xef\xbb\xbfx = '\xc3\xa9'\r\ny = 1"}
    deposited = submit.deposit(session, event_team=owls, name="ours", files=files, store=store, now=now)
    assert training_tasks.files_by_name(session, deposited, store) == {
        "classifier.py": "x = 'é'\ny = 1".encode()
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"x = 1\n\xe9", "classifier.py, line 2: Expected UTF-8 text"),
        (b'{"cells": [], "nbformat": 4}', "jupyter nbconvert --to script"),
        (b"PK\x03\x04", "upload classifier.py"),
        (b"#" * 100_001, "classifier.py: Expected a file of at most 100,000 bytes"),
    ],
)
def test_deposited_files_that_are_no_text_or_too_large_are_refused(session, owls, store, now, content, told):
    with pytest.raises(RuleError, match=told):
        submit.deposit(
            session, event_team=owls, name="ours", files={"classifier.py": content}, store=store, now=now
        )
    assert session.query(Submission).count() == 0
