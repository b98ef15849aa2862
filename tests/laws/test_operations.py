"""Law: docs/operations.md names commands, pages and tests that are there, and a reason where there is no test."""

import ast
import re
from pathlib import Path

from flask import Flask

import fabfile
from databoard import views
from databoard.queries.tables.catalogue import TABLES
from tools.capabilities import PAGE, capabilities

ROOT = Path(__file__).resolve().parents[2]
ROWS = capabilities(PAGE.read_text(encoding="utf-8"))
#: Rows of the four servers: capabilities that their operators have.
N_ROWS = 92


def named_tests():
    return {row.test.strip("`") for row in ROWS if row.state == "works"}


def functions_of(path):
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_no_row_is_lost():
    assert len(ROWS) == N_ROWS


def test_every_test_that_a_row_names_is_there():
    missing = []
    for name in sorted(named_tests()):
        path, _, function = name.partition("::")
        if not (ROOT / path).is_file() or function not in functions_of(ROOT / path):
            missing.append(name)
    assert missing == []


def test_every_command_is_a_task():
    commands = {name for row in ROWS for name in re.findall(r"`fab (\w+)", row.command)}
    assert {name for name in commands if not hasattr(fabfile, name)} == set()


def test_every_page_is_a_route():
    app = Flask("routes")
    for blueprint in views.blueprints():
        app.register_blueprint(blueprint)
    pages = {page for row in ROWS for page in re.findall(r"`(/[^`]*)`", row.page)}
    known = {re.sub(r"<[^>]*>", "<>", rule.rule) for rule in app.url_map.iter_rules()}
    known |= {f"/admin/{name}" for name in TABLES}
    assert {page for page in pages if re.sub(r"<[^>]*>", "<>", page) not in known} == set()


def test_what_has_no_test_has_a_reason():
    bare = [row.what for row in ROWS if row.state != "works" and len(row.test.partition(": ")[2]) < 15]
    assert bare == []
