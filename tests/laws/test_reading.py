"""Laws of reading: a query writes nothing, and a GET route calls only queries and the rules of access."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "databoard"
#: Calls that write, on a session, on a statement or on a collection of rows.
WRITES = {
    "add",
    "add_all",
    "delete",
    "merge",
    "flush",
    "commit",
    "begin_nested",
    "insert",
    "update",
    "values",
}
#: Of the services, what decides what a visitor may see.
READABLE = ("databoard.queries", "databoard.services.people.access")
OURS = ("databoard.queries", "databoard.services", "databoard.ops", "databoard.models", "databoard.worker")


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def writes_in(tree):
    """Return the line of each call that writes to the database; sets and dicts of Python are no tables."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            owner = ast.unparse(node.func.value)
            if "session" in owner or node.func.attr in {"flush", "commit", "begin_nested", "merge"}:
                found.append(node.lineno)
        if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy":
            found += [node.lineno] * bool({"insert", "update", "delete"} & {each.name for each in node.names})
    return found


def test_a_query_never_writes():
    found = {path.name: writes_in(tree_of(path)) for path in (ROOT / "queries").glob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}


def names_of_ours(tree):
    """Return by local name what a module imports from our rooms."""
    return {
        each.asname or each.name: f"{node.module}.{each.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("databoard")
        for each in node.names
    }


def reached(function, functions):
    """Return a function and those of its module that it calls, by any way."""
    todo, seen = [function], {}
    while todo:
        now = todo.pop()
        seen[now.name] = now
        called = {node.id for node in ast.walk(now) if isinstance(node, ast.Name)}
        todo += [functions[name] for name in called if name in functions and name not in seen]
    return seen.values()


def is_get(function):
    return any(ast.unparse(mark).startswith("bp.get(") for mark in function.decorator_list)


def called_by_get(path):
    """Yield the name of a GET route and each part of databoard that it calls."""
    tree = tree_of(path)
    imported = names_of_ours(tree)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for route in filter(is_get, functions.values()):
        for function in reached(route, functions):
            body = (node for statement in function.body for node in ast.walk(statement))
            for name in {node.id for node in body if isinstance(node, ast.Name)} & set(imported):
                if imported[name].startswith(OURS):
                    yield f"{path.stem}.{route.name}", imported[name]


def test_a_get_route_calls_only_queries_and_access():
    calls = [call for path in (ROOT / "views").rglob("*.py") for call in called_by_get(path)]
    assert len({route for route, _ in calls}) > 20  # the law sees the routes
    assert [call for call in calls if not call[1].startswith(READABLE)] == []
