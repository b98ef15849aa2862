"""Which files of a kit are its code: what the jail sees, and what the version follows."""

import pytest

from databoard import kits
from databoard.kits.code_files import code_of


@pytest.fixture
def kit(small):
    """Return a kit with a package, a module, a script and data beside problem.py."""
    (small / "tools").mkdir()
    (small / "tools" / "__init__.py").write_text("from shapes import area\n")
    (small / "tools" / "secret.csv").write_text("1")
    (small / "shapes.py").write_text("def area():\n    return 1\n")
    (small / "download_data.py").write_text("")
    (small / "data").mkdir()
    (small / "data" / "labels.py").write_text("")
    source = (small / "problem.py").read_text()
    start = "import sys, os\nsys.path.append(os.path.dirname(os.path.abspath(__file__)))\nimport tools\n"
    (small / "problem.py").write_text(start + source)
    return small


def test_modules_that_problem_py_imports_are_code_and_nothing_else(kit):
    assert set(code_of(kit)) == {"problem.py", "tools/__init__.py", "shapes.py"}


def test_the_version_follows_imported_modules_only(kit):
    before = kits.version_of(kit)
    (kit / "download_data.py").write_text("1")
    (kit / "tools" / "secret.csv").write_text("2")
    assert kits.version_of(kit) == before
    (kit / "shapes.py").write_text("def area():\n    return 2\n")
    assert kits.version_of(kit) != before


def test_modules_of_data_or_submissions_are_no_code(kit):
    (kit / "problem.py").write_text("import data.labels\nimport submissions.a\n")
    (kit / "submissions").mkdir()
    (kit / "submissions" / "a.py").write_text("")
    assert set(code_of(kit)) == {"problem.py"}
