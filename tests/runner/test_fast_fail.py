"""Broken submissions are refused within seconds, with the right reason and line; whatever may train passes.

A case is a folder ``fast_fail/<case>/``: the files that replace those of the kit's starting kit, and ``expect.toml``
with ``kit`` (iris by default) and either ``code``, ``message`` (a regular expression) and ``line`` of the file, or
``passes`` with the reason. A file that does not parse is stored under a name that no tool reads as Python.
"""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from databoard import kits
from databoard.runner import Limits, Runner, TrainingTask

CASES = Path(__file__).parent / "fast_fail"
PROBLEMS = Path(__file__).resolve().parents[2] / "problems"


def expected(case):
    return {"kit": "iris"} | tomllib.loads((CASES / case / "expect.toml").read_text())


# By kit, so that its zygote is warm.
ALL = sorted(
    (path.parent.name for path in CASES.glob("*/expect.toml")), key=lambda case: expected(case)["kit"]
)
PASSING = [case for case in ALL if "passes" in expected(case)]
BROKEN = [case for case in ALL if case not in PASSING]
SHIPPED = sorted(
    str(path.relative_to(PROBLEMS))
    for pattern in ("*/starting_kit", "*/submissions/*")
    for path in PROBLEMS.glob(pattern)
    if not path.name.startswith("_")
)
#: They fail on purpose, one at its import, one by predictions whose shape no number of rows explains.
REFUSED = {"digits/submissions/failing_on_purpose", "drug_spectra/submissions/failing_on_purpose"}


@pytest.fixture(scope="module")
def kit_of(tmp_path_factory):
    """Prepare a copy of a shipped kit; each once."""
    folder, found = tmp_path_factory.mktemp("kits"), {}

    def kit_of(name):
        if name not in found:
            shutil.copytree(PROBLEMS / name, folder / name, ignore=shutil.ignore_patterns("data"))
            kits.prepare(folder / name)
            kit = kits.load(folder / name)
            found[name] = (kit, kits.folds(kit))
        return found[name]

    return kit_of


@pytest.fixture(scope="module")
def check(tmp_path_factory, kit_of):
    """Check files as a submission to a kit."""
    with Runner(home=tmp_path_factory.mktemp("home"), jail_mode="bubblewrap", n_parallel=1) as runner:

        def check(name, files):
            kit, folds = kit_of(name)
            limits = Limits(wall_time_s=60, memory_bytes=1 << 30)
            task = TrainingTask(kit.path, kit.version, folds, files, limits, (), "")
            return runner.check(task)

        yield check


def files_of(case):
    files = kits.starting_kit_files(PROBLEMS / expected(case)["kit"])
    for path in (CASES / case).iterdir():
        if path.name != "expect.toml":
            files[path.name.removesuffix(".broken")] = path.read_bytes()
    return files


def test_the_corpus_is_large():
    assert len(BROKEN) >= 50


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_submission_is_refused_with_its_reason(case, check):
    facts = expected(case)
    run = check(facts["kit"], files_of(case))
    assert run is not None, "it passed"
    told = f"{run.message}\n{run.trace}"
    assert run.error_code == facts["code"], told
    assert re.search(facts["message"], told), told
    if "line" in facts:
        assert re.search(rf"line {facts['line']}\b", told), told
    assert str(PROBLEMS.parent) not in told and "/tmp" not in told


@pytest.mark.parametrize("case", [case for case in PASSING if case != "passes_slow_import"])
def test_what_may_train_on_all_rows_passes(case, check):
    assert check(expected(case)["kit"], files_of(case)) is None


def test_what_takes_long_passes(check, monkeypatch):
    monkeypatch.setattr("databoard.runner.fast_fail.SAMPLE_WITHIN_S", 0.5)
    assert check("iris", files_of("passes_slow_import")) is None


@pytest.mark.parametrize("place", SHIPPED)
def test_every_shipped_submission_passes(place, check):
    folder = PROBLEMS / place
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    run = check(place.split("/")[0], files)
    assert (run is not None) == (place in REFUSED), run and run.message
