"""The committed files, their functions and lengths. Read by the laws of this folder."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".html",
    ".js",
    ".css",
    ".json",
    ".cfg",
    ".yml",
    ".yaml",
    ".sh",
    "",
}


@cache
def committed():
    """Every file that is committed or about to be."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(ROOT / name for name in listed.splitlines() if (ROOT / name).is_file())


def texts(*exempt):
    return {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for path in committed()
        if path.suffix in TEXT and path.relative_to(ROOT).as_posix() not in exempt
    }


def python_files(*folders):
    return [
        path for path in committed() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders
    ]


def functions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def n_lines(node):
    """Count the lines of a function without its docstring and decorators."""
    has_docstring = ast.get_docstring(node) is not None
    docstring = node.body[0].end_lineno - node.body[0].lineno + 1 if has_docstring else 0
    return node.end_lineno - node.lineno + 1 - docstring


def where(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {n_lines(node)} lines"
