"""Code that does not parse is told at once, by every door, with file and line; nothing is queued."""

import pytest

from databoard.errors import RuleError
from databoard.models import QuotaEntry, Submission
from databoard.services import sandbox, submissions, syntax


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
        (b"x = '\xe9'\n", "'utf-8' codec can't decode"),
        (b"x = 1\0\n", "null bytes"),
    ],
)
def test_what_does_not_parse_is_told_with_its_line(refusal, source, told):
    assert told in refusal(source) and refusal(source).startswith("classifier.py does not parse")


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
        submissions.submit(session, event_team=owls, user=alice, name="first", store=store, now=now)
    files = {"classifier.py": code.encode()}
    with pytest.raises(RuleError, match="does not parse, line 2"):
        submissions.deposit(session, event_team=owls, name="ours", files=files, store=store, now=now)
    assert session.query(Submission).count() == session.query(QuotaEntry).count() == 0
