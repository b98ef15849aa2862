"""Several tasks in one call of fab: all run, or those that do not are named; the exit code is the worst."""

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import fabric.main
import pytest
from invoke.tasks import Task

import fabfile
from databoard.ops import schema

ROOT = Path(__file__).resolve().parents[2]
TASKS = {name: found for name, found in vars(fabfile).items() if isinstance(found, Task)}
#: What makes the tasks refuse that take no name which an empty database could miss.
REFUSED = {
    "new_problem": ["x", "--workflow=none"],
    "jail_check": ["--format=xml"],
    "backups": ["--format=xml"],
    "show": ["nowhere"],
    "sql": ["--query=select", "--write=nowhere"],
    "reset": ["--yes=nowhere"],
    "tick": ["--format=xml"],
    "check_storage": ["--format=xml"],
    "storage_snapshot": ["--format=xml"],
    "releases": ["--target=nowhere"],
    "status": ["--format=xml"],
    "maintenance": ["--state=perhaps"],
    "restart": ["--service=nothing"],
    "logs": ["--level=none"],
    "install_services": ["--domain=no domain;"],
}


@pytest.fixture
def fab(tmp_path, problems, monkeypatch, capfd):
    """Call fab in this process, on an empty home; return exit code, output and what it said on standard error."""
    for name in [name for name in os.environ if name.startswith("DATABOARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABOARD_PROBLEMS", str(problems))
    monkeypatch.setenv("DATABOARD_JAIL", "none")
    monkeypatch.chdir(ROOT)

    def fab(*words):
        program = fabric.main.make_program()
        monkeypatch.setattr(fabric.main, "program", program)
        with pytest.raises(SystemExit) as ended:
            program.run(["fab", *words])
            raise SystemExit(0)
        return (ended.value.code, *capfd.readouterr())

    return fab


def words_of(name):
    """Return a call of a task that it refuses: names that nobody has, or an empty database."""
    parameters = list(inspect.signature(TASKS[name].body).parameters.values())[1:]
    needed = ["nowhere" for parameter in parameters if parameter.default is parameter.empty]
    return [name.replace("_", "-"), *(REFUSED.get(name) or needed)]


@pytest.mark.parametrize("name", TASKS)
def test_what_follows_a_task_that_is_refused_is_named_and_the_exit_code_is_its(fab, name, monkeypatch):
    if name == "test_setup":
        monkeypatch.setenv("DATABOARD_ENV", "production")
    code, _, said = fab(*words_of(name), "workers", "pending-jobs")
    assert code in (1, 2), said
    assert said.splitlines()[-1] == "fab: not run: workers, pending-jobs"


ENDS = {"exit", "quit", "_exit", "abort", "SystemExit", "Exit"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "databoard").glob("[ot][pa]*s/*.py")), ids=lambda path: path.stem
)
def test_no_task_and_nothing_that_it_calls_ends_the_program(path):
    """But for what is no task: words that nobody understands, the worst code at the end, and a signal to serve."""
    allowed = {"console.py": {"_refuse"}, "sequence.py": {"execute"}, "serve.py": {"_raise"}}
    ends = {
        function.name
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in ENDS
    }
    assert ends <= allowed.get(path.name, set())


@pytest.fixture
def upgraded(tmp_path):
    """A database without workers: `workers` finds that something is wrong."""
    schema.upgrade(f"sqlite:///{tmp_path}/home/databoard.db")


def test_a_finding_lets_the_rest_run_and_the_exit_code_is_the_worst(fab, upgraded):
    code, out, said = fab("workers", "print-submissions", "workers")
    assert (code, out.count("Nothing to show."), "not run" in said) == (1, 3, False)
    code, out, said = fab("check_problem:iris,format=xml", "print_submissions")
    assert (code, out, said.splitlines()[-1]) == (1, "", "fab: not run: print-submissions")


def test_without_a_finding_the_exit_code_is_0(fab, upgraded):
    assert fab("print-submissions", "print-submissions")[0] == 0


def test_after_a_fault_what_was_not_run_is_named_below_the_trace(tmp_path, bare_environment):
    """A home that is a file breaks every task; as a process, for the trace is written when it ends."""
    (tmp_path / "home").write_text("")
    environ = {**bare_environment, "DATABOARD_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "fabric", "print-submissions", "workers"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, "fab: not run: workers" in done.stderr) == (1, True)
