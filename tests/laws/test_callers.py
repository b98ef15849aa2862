"""A docstring that says who uses its module is right: those modules exist, and they import it."""

import ast
import re

from tests.laws.tree import ROOT, python_files

FILES = python_files("databoard")
USED_BY = re.compile(r"\b(?:called|used) by ([^.;:]*(?:`[^`]*`[^.;:]*)*)", re.IGNORECASE)


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_by(path):
    """Return every module that a file imports, and every name that it imports from one."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


IMPORTED = {name_of(path): imported_by(path) for path in FILES}


def users_in(docstring):
    """Return the modules that a docstring says its module is used by."""
    return [name for said in USED_BY.findall(docstring) for name in re.findall(r"`+([\w.]+)`+", said)]


def does_use(user, module):
    """Return whether a module that can be called `user` imports `module`, or its package, which hands it on."""
    called_so = [name for name in IMPORTED if f".{user}." in f".{name}."]
    package = module.rpartition(".")[0]
    return any({module, package} & IMPORTED[name] for name in called_so)


def test_who_is_said_to_use_a_module_does():
    said = [
        (name_of(path), user)
        for path in FILES
        for user in users_in(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    ]
    assert len(said) > 30
    assert [(module, user) for module, user in said if not does_use(user, module)] == []
