"""Laws of the tree: budgets, docstrings, layers, documents, nothing that does not belong."""

import ast
import inspect
import json
import re
import subprocess
import sys
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path

from invoke.tasks import Task

import config
import databoard.models as models
import fabfile
from databoard.kits import EventSpec, building

ROOT = Path(__file__).resolve().parents[2]
MAX_MODULE_LINES, MAX_FUNCTION_LINES, MAX_TEST_LINES = 300, 40, 25
MAX_ROUTE_LINES = 15
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


# Budgets


def test_no_module_is_longer_than_one_can_hold_in_mind():
    long = {
        str(path.relative_to(ROOT)): n
        for path in python_files("databoard", "tools", "fabfile.py", "manage.py")
        if (n := len(path.read_text().splitlines())) > MAX_MODULE_LINES
    }
    assert long == {}


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


# Models and services


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


SERVICES = [path for path in python_files("databoard") if "services" in path.parts]
QUERIES = [path for path in python_files("databoard") if "queries" in path.parts]
#: Ways to a session that is not passed in.
OTHER_SESSIONS = re.compile(r"object_session|scoped_session|db\.session|g\.session|Session\(")


def test_what_needs_the_database_takes_the_session_first():
    wrong = [
        where(path, node)
        for path in (*SERVICES, *QUERIES)
        for node in functions(path)
        if "session" in (names := [arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)])
        and "session" not in names[: 1 + (names[0] == "self")]
    ]
    assert wrong == []


def test_no_service_and_no_query_gets_a_session_by_itself():
    assert [str(path) for path in (*SERVICES, *QUERIES) if OTHER_SESSIONS.search(path.read_text())] == []


def test_no_service_commits_or_asks_the_clock():
    pattern = r"\.commit\(|\.rollback\(|utc_now|datetime\.now"
    found = {path.relative_to(ROOT): re.findall(pattern, path.read_text()) for path in SERVICES}
    assert len(found) > 20
    assert [(path, words) for path, words in found.items() if words] == []


# Layers


def test_every_room_keeps_to_its_layer():
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_runs_in_a_kits_environment_is_written_for_the_oldest_python_that_one_may_have():
    rooms = ["errors.py", "clock.py", "text_files.py", "kits", "scoring", "workflows", "jail", "runner"]
    oldest = ".".join(map(str, building.OLDEST_PYTHON))
    # tomllib reads the files of events, which only the server does.
    program = "import sys, vermin; vermin.main()"
    command = [sys.executable, "-c", program, f"-t={oldest}-", "--no-tips", "--exclude", "tomllib"]
    done = subprocess.run(
        [*command, *(str(ROOT / "databoard" / room) for room in rooms)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


#: Files that the server wrote itself, or that ship with it; what people hand in is read by ``text_files``.
READ_THEIR_OWN = {"kits/authoring.py", "kits/environments.py", "ops/demo.py", "services/base/trash.py"}


def test_what_people_hand_in_is_read_in_one_place():
    rooms = ("kits", "services", "queries", "ops", "worker", "client", "workflows", "views")
    readers = {
        path.relative_to(ROOT / "databoard").as_posix()
        for path in python_files("databoard")
        if path.relative_to(ROOT / "databoard").parts[0] in rooms
        and re.search(r"\.read_text\(|\bopen\([^)]*\"rt?\"", path.read_text())
    }
    assert readers == READ_THEIR_OWN


# Documents


def row_of(setting):
    """Return the row of the documentation that a setting must have."""
    default = setting.default.replace(f"{config.ROOT}/", "")
    return f"| `{setting.variable}` | {f'`{default}`' if default else '–'} | {setting.expected} | {setting.purpose} |"


def test_every_setting_is_documented_as_it_is():
    rows = (ROOT / "docs/settings.md").read_text().splitlines()
    assert [row_of(setting) for setting in config.SETTINGS if row_of(setting) not in rows] == []


EVENT_KEYS = [field for field in fields(EventSpec) if field.name not in {"name", "problem_name", "scores"}]


def test_every_key_of_an_event_file_is_documented_with_its_default():
    text, missing = (ROOT / "docs/instructors.md").read_text(), []
    for field in EVENT_KEYS:
        default = "–" if field.default in (MISSING, None) else f"`{json.dumps(field.default)}`"
        if f"| `{field.name}` | {default} |" not in text:
            missing.append((field.name, default))
    assert missing == []


TASKS = {name: found for name, found in vars(fabfile).items() if isinstance(found, Task)}


def test_every_fab_task_is_documented_in_both_notations():
    text = (ROOT / "docs/commands.md").read_text()
    lines = [f"fab {spelled}" for name in TASKS for spelled in (name, name.replace("_", "-"))]
    assert [line for line in lines if line not in text] == []
    assert [name for name, task in TASKS.items() if not task.__doc__] == []


def test_no_document_names_a_task_or_setting_that_is_not_there():
    text = (ROOT / "docs/commands.md").read_text() + (ROOT / "docs/settings.md").read_text()
    named = {name.replace("-", "_") for name in re.findall(r"fab ([a-z]\w*(?:[-_]\w+)*)", text)}
    assert named <= set(TASKS)
    assert set(re.findall(r"DATABOARD_\w+", text)) <= {setting.variable for setting in config.SETTINGS}


# What does not belong


def found(pattern, *exempt):
    return [
        f"{name}: {match}"
        for name, text in texts(*exempt).items()
        if "gallery" not in name.parts  # attacks name what they attack
        for match in re.findall(pattern, text)
    ]


def test_nothing_is_left_to_do_or_skipped():
    words = (
        r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b|pytest\.(?:mark\.)?(?:sk" r"ip|xf" r"ail)\w*|unittest\.sk" r"ip"
    )
    assert found(words, "tools/assets/package-lock.json") == []


def test_no_committed_file_knows_a_machine():
    assert found(r"/wo" r"rk/\w+|/tmp/pl" r"an|/ro" r"ot/\w+") == []


def test_requirements_and_lock_files_name_no_host():
    names = [
        path
        for path in committed()
        if re.fullmatch(r"requirements.*\.(txt|in)|package(-lock)?\.json", path.name)
    ]
    hosts = {
        path.name: re.findall(r"^-.*index.*|https?://\S+", path.read_text(), re.M)
        for path in names
        if path.name != "package-lock.json"
    }
    locks = [path.read_text() for path in names if path.name == "package-lock.json"]
    assert len(names) >= 5
    assert [host for found in hosts.values() for host in found] == []
    assert [line for text in locks for line in text.splitlines() if '"resolved"' in line] == []


def test_every_requirement_is_pinned_and_hashed():
    for name in ("requirements.txt", "requirements-dev.txt"):
        blocks = re.split(r"\n(?=[A-Za-z])", (ROOT / name).read_text().strip())
        wanted = [block for block in blocks if not block.startswith("#")]
        assert wanted
        assert [
            block.split()[0] for block in wanted if "==" not in block or "--hash=sha256:" not in block
        ] == []
