"""A law of the database: who opens one closes it, whatever happens meanwhile."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The one module that makes engines, and the web application's own, which live as long as the process.
HOME = "database.py"
FILES = [
    path
    for folder in ("databoard", "tools", "migrations")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.name != HOME and "node_modules" not in path.parts
] + [ROOT / name for name in ("manage.py", "fabfile.py", "config.py", "locustfile.py")]


def made_by_hand(path):
    """Return where a file makes an engine that nothing closes by itself."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in {"make_engine", "create_engine"}
    ]


def test_engines_are_made_by_what_closes_them():
    assert len(FILES) > 200
    assert [place for path in FILES for place in made_by_hand(path)] == []
