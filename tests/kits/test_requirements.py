"""What environment a kit asks for."""

import pytest

from databoard import kits
from databoard.errors import KitError
from databoard.kits.requirements import CORE


@pytest.fixture
def kit(tmp_path):
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "problem.py").write_text("problem_title = 'x'\n")
    return tmp_path / "kit"


def requirements(kit, text):
    (kit / "requirements.txt").write_text(text)
    return kits.wanted_environment(kit)


def environment(kit, text):
    (kit / "environment.yml").write_text(text)
    return kits.wanted_environment(kit)


def test_a_kit_without_either_file_asks_for_nothing(kit):
    assert kits.wanted_environment(kit) is None


def test_pins_stay_and_what_the_core_needs_is_added(kit):
    wanted = requirements(
        kit, "pandas==1.5.3  # old\n\n# nothing\nscikit_learn>=1.3 ; python_version > '3'\n"
    )
    assert wanted.lines[0] == "pandas==1.5.3"
    assert [line for line in wanted.lines if line in CORE] == ["numpy", "scipy"]
    assert wanted.python is None


def test_only_the_pip_part_of_an_environment_file_counts_and_the_rest_is_named(kit):
    text = "dependencies:\n  - python=3.10\n  - seaborn\n  - pip\n  - pip:\n    - pandas<2\n"
    wanted = environment(kit, text)
    assert wanted.lines[0] == "pandas<2"
    assert wanted.python == "3.10"
    assert wanted.notes == (
        "environment.yml: only its pip part is installed, not seaborn; list what is missed there.",
    )


def test_requirements_go_before_the_pip_part_and_python_is_still_read(kit):
    environment(kit, "dependencies:\n  - python>=3.11\n  - pip:\n    - pandas<2\n")
    wanted = requirements(kit, "pandas==2.1.0\n")
    assert wanted.lines[0] == "pandas==2.1.0"
    assert wanted.python == "3.11"


@pytest.mark.parametrize(
    "line", ["git+ssh://forge/ramp-workflow.git@main", "ramp-workflow @ git+ssh://forge/rampwf"]
)
def test_ramp_workflow_comes_from_the_index(kit, line):
    wanted = requirements(kit, f"{line}\n")
    assert wanted.lines[0] == "ramp-workflow"
    assert "package index" in wanted.notes[0]


def test_a_kit_that_imports_rampwf_gets_it(kit):
    (kit / "problem.py").write_text("import rampwf as rw\n")
    wanted = requirements(kit, "pandas\n")
    assert "ramp-workflow" in wanted.lines
    assert "problem.py imports rampwf" in wanted.notes[0]


def test_an_included_file_of_the_kit_is_read(kit):
    (kit / "more.txt").write_text("joblib==1.3.0\n")
    assert requirements(kit, "-r more.txt\n").lines[0] == "joblib==1.3.0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pandas\n--pre\n", "line 2: expected a package, got the option --pre"),
        ("-e .\n", "line 1: expected a package, got the option -e"),
        ("-r ../other.txt\n", "line 1: expected a file of the kit"),
        ("pandas==\n", "line 1: expected a requirement such as pandas==1.5.3"),
    ],
)
def test_what_no_environment_can_give_is_refused_with_its_line(kit, text, message):
    with pytest.raises(KitError, match=message):
        requirements(kit, text)


@pytest.mark.parametrize("text", ["dependencies: [", "- a\n- b\n", "just words"])
def test_a_broken_environment_file_is_named(kit, text):
    with pytest.raises(KitError, match=r"kit/environment.yml"):
        environment(kit, text)


def test_the_digest_changes_with_lines_and_python(kit):
    first = requirements(kit, "pandas\n")
    assert first.digest == requirements(kit, "pandas # as before\n").digest
    assert first.digest != requirements(kit, "pandas<2\n").digest
    environment(kit, "dependencies: [python=3.12]\n")
    assert first.digest != requirements(kit, "pandas\n").digest


def test_the_version_of_a_kit_changes_with_the_environment_it_asks_for(kit):
    before = kits.version_of(kit)
    requirements(kit, "pandas\n")
    assert kits.version_of(kit) != before
