"""The audit derives type and name of what was changed in one place."""

import ast
from pathlib import Path

import pytest

from databoard.models import AuditEntry, Event, Problem, Submission, Team, User
from databoard.services.base import audit

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("table", "name", "listed"),
    [
        (User, "alice", ("user", "alice")),
        (Team, "owls", ("team", "owls")),
        (Problem, "iris", ("problem", "iris")),
        (Event, "iris_test", ("event", "iris_test")),
        (Submission, "first", ("submission", "iris_test/owls/first")),
    ],
)
def test_what_was_changed_is_listed_by_type_and_name(session, owls, hand_in, now, table, name, listed):
    hand_in(owls)
    changed = session.query(table).filter_by(name=name).one()
    audit.record_on(session, changed, "change", actor=None, now=now, old="a", new="b")
    entry = session.query(AuditEntry).filter_by(action="change").one()
    assert (entry.object_type, entry.object_name) == listed
    assert (entry.actor, entry.at, entry.detail) == (None, now, {"old": "a", "new": "b"})


def test_a_team_in_an_event_is_listed_by_both(session, owls, now):
    audit.record_on(session, owls, "change", actor=None, now=now)
    entry = session.query(AuditEntry).filter_by(action="change").one()
    assert (entry.object_type, entry.object_name) == ("event_team", "iris_test/owls")


def test_nothing_else_writes_an_entry():
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "databoard").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "AuditEntry"
    }
    assert writers == {"databoard/services/base/audit.py"}
