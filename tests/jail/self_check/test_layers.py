"""The tool that leaves one layer out in turn: what it counts, and that it never sets off a bomb without limits."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from databoard.errors import JailError

ROOT = Path(__file__).resolve().parents[3]
TOOL = ROOT / "tools" / "jail_layers.py"
BOMB_NAMES = re.compile(r"allocate_|fork_|spin_|thread_bomb|zombies")


@pytest.fixture(scope="module")
def layers():
    """The tool as a module; what it puts on the path is taken off again."""
    path = list(sys.path)
    spec = importlib.util.spec_from_file_location("jail_layers", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules["jail_layers"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = path
    sys.modules.pop("jail_layers", None)


def test_every_case_that_hogs_is_a_bomb(layers):
    assert {case for case in layers.HOSTILE if BOMB_NAMES.match(case)} == layers.BOMBS
    assert len(layers.BOMBS) >= 18


def test_no_bomb_goes_off_without_the_kernel_s_limits(layers):
    tried = []

    def trial(case, layer):
        tried.append(case)
        return True

    row = layers.row_of("limits", layers.HOSTILE, trial, trial, trial)
    assert set(row.unset) == layers.BOMBS and set(tried) == set(layers.HOSTILE) - layers.BOMBS


def test_a_bomb_is_refused_even_when_asked_for(layers):
    for case in layers.BOMBS:
        with pytest.raises(JailError, match="never run without the kernel's limits"):
            layers.refuse_bomb(case, "limits")
    layers.refuse_bomb("fork_bomb", "net")


#: Whether a case passed at first, again, and with all layers; where it is told then.
TRIES = [
    ((True, False, True), "nowhere"),
    ((False, True, True), "nowhere"),
    ((False, False, True), "further"),
    ((False, False, False), "unclear"),
]


@pytest.mark.parametrize(("passes", "place"), TRIES)
def test_an_attack_counts_when_it_fails_twice_without_and_not_with_the_layer(layers, passes, place):
    first, again, whole = (lambda case, layer, is_passed=is_passed: is_passed for is_passed in passes)
    row = layers.row_of("net", ["daemon"], first, again, whole)
    told = {"further": row.further, "unclear": row.unclear}
    assert {name: cases for name, cases in told.items() if cases} == (
        {} if place == "nowhere" else {place: ("daemon",)}
    )


def test_it_finds_what_a_layer_stops_in_real_jails():
    cases = ["talk_by_sockets", "hunt_package", "hunt_files"]
    command = [sys.executable, TOOL, "--layers", "net", "filter", "--cases", *cases]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert "| network namespace | `talk_by_sockets` |\n" in done.stdout, done.stderr
    assert "| inner system-call filter | `hunt_package` |\n" in done.stdout, done.stderr


def test_its_jails_inherit_a_limit_of_processes():
    code = (
        f"import sys; sys.path.insert(0, {str(TOOL.parent)!r}); import json, jail_layers, resource\n"
        "jail_layers.lay_floor(); print(json.dumps(resource.getrlimit(resource.RLIMIT_NPROC)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    soft, hard = json.loads(done.stdout)
    assert 0 < soft == hard <= 1024


def test_the_table_in_the_documentation_has_every_layer_and_no_case_that_is_gone(layers):
    text = (ROOT / "docs" / "security.md").read_text()
    table = text.partition("| without | these get further |")[2].partition("\n\n")[0]
    rows = dict(line.strip("| ").split(" | ") for line in table.splitlines()[2:])
    assert list(rows) == list(layers.LAYERS.values())
    assert set(re.findall(r"`(\w+)`", " ".join(rows.values()))) <= set(layers.HOSTILE)
