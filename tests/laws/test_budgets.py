"""Laws of size: modules, functions, tests and routes that one can hold in mind; and every module says its purpose."""

import ast
import inspect

import databoard.models as models
from tests.laws.tree import ROOT, functions, n_lines, python_files, where

MAX_MODULE_LINES, MAX_FUNCTION_LINES, MAX_TEST_LINES = 300, 40, 25
MAX_ROUTE_LINES = 15


def test_no_module_is_longer_than_one_can_hold_in_mind():
    sizes = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in python_files("databoard", "tools", "tests", "fabfile.py", "manage.py")
    }
    assert {name: n for name, n in sizes.items() if n > MAX_MODULE_LINES} == {}


def test_no_function_is_longer_than_a_screen():
    long = [
        where(path, node)
        for path in python_files("databoard", "tools", "config.py", "fabfile.py", "manage.py")
        for node in functions(path)
        if n_lines(node) > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_no_test_is_longer_than_its_law():
    long = [
        where(path, node)
        for path in python_files("tests")
        for node in functions(path)
        if node.name.startswith("test_") and n_lines(node) > MAX_TEST_LINES
    ]
    assert long == []


def test_no_route_is_longer_than_reading_calling_and_answering():
    long = [
        where(path, node)
        for path in python_files("databoard")
        if path.parent.name == "views"
        for node in functions(path)
        if any(ast.unparse(mark).startswith("bp.") for mark in node.decorator_list)
        and n_lines(node) > MAX_ROUTE_LINES
    ]
    assert long == []


def test_every_table_says_what_it_holds():
    tables = [table for table in vars(models).values() if inspect.isclass(table)]
    assert len(tables) > 25
    assert [table.__name__ for table in tables if not vars(table).get("__doc__")] == []


def test_every_module_says_what_it_is_for():
    bare = [
        str(path.relative_to(ROOT))
        for path in python_files("databoard", "tools", "tests", "fabfile.py")
        if not {"gallery", "fast_fail"} & set(path.parts)  # what participants hand in
        and path.read_text().strip()
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert bare == []
