"""What users read is plain English: pages, messages, what commands print, how tasks describe themselves."""

import ast
import re
import subprocess
from pathlib import Path

from invoke.tasks import Task

import fabfile

ROOT = Path(__file__).resolve().parents[2]
#: Metaphors and old words, and words of which the field has another: a file is submitted, a message says.
REFUSED = re.compile(
    r"\b(?:mend(?:s|ed|ing)?|anew|who(?:m|so)?ever|whatever|reckon\w*|of ours|of theirs|wherein|nobody|"
    r"(?:is|are|was|were) told|told to|tells (?:which|what|whether|the)|hand(?:s|ed|ing)? (?:\w+ )?in)\b",
    re.IGNORECASE,
)
TASKS = {name: found for name, found in vars(fabfile).items() if isinstance(found, Task)}


def committed(*endings):
    listed = subprocess.run(
        ["git", "ls-files", "databoard", "config.py", "manage.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [name for name in listed.splitlines() if name.endswith(endings)]


def messages(path):
    """Yield line and text of every string of a module that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    definitions = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, definitions) and node.body and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(parts)
        elif is_text(node) and id(node) not in docstrings | inside:
            yield node.lineno, node.value


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


def found_in(place, text):
    return [f"{place}: {match.group()!r} in {text.strip()[:100]!r}" for match in REFUSED.finditer(text)]


def test_the_law_finds_what_it_refuses():
    text = "Mend it, then make it anew. Whoever was told to hand it in reckons so."
    assert len(found_in("", text)) == 6


def test_messages_are_in_plain_words():
    places = [(name, line, text) for name in committed(".py") for line, text in messages(ROOT / name)]
    assert len(places) > 500
    assert [found for name, line, text in places for found in found_in(f"{name}:{line}", text)] == []


def test_pages_are_in_plain_words():
    found = []
    for name in committed(".html", ".txt"):
        text = re.sub(r"\{#.*?#\}", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.S)
        found += found_in(name, text)
    assert found == []


def test_tasks_are_described_in_plain_words():
    assert [found for name, task in TASKS.items() for found in found_in(name, task.__doc__)] == []
