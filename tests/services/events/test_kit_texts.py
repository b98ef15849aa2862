"""A kit whose texts are none is refused when it is added; one that is spoilt later breaks no page."""

import shutil

import pytest

from databoard.errors import KitError
from databoard.models import Problem
from databoard.queries import kit_files
from databoard.services.base.files import FileStore
from databoard.services.events import provisioning


@pytest.fixture
def kit(problems, tmp_path):
    """A copy of iris, to spoil."""
    return shutil.copytree(problems / "iris", tmp_path / "problems" / "iris")


@pytest.fixture
def own(store, kit):
    return FileStore(store.home, kit.parent)


@pytest.mark.parametrize("name", ["README.md", "starting_kit/classifier.py", "problem.py"])
@pytest.mark.parametrize("add", [provisioning.add_problem, provisioning.add_event])
def test_a_kit_with_a_text_that_is_none_is_refused_with_its_line(session, own, kit, now, name, add):
    (kit / name).write_bytes((kit / name).read_bytes() + b"# \xe9\n")
    line = (kit / name).read_bytes().count(b"\n")
    with pytest.raises(KitError, match=f"iris/{name}, line {line}: Expected UTF-8 text"):
        add(session, name="iris", store=own, now=now)


def test_a_description_that_was_spoilt_later_says_so_on_its_page(session, own, kit):
    problem = session.query(Problem).one()
    (kit / "README.md").write_bytes(b"# T\xe9st\n")
    told = kit_files.description_of(problem, own)
    assert told.startswith(f"# {problem.title}\n\nThe description cannot be shown: iris/README.md, line 1:")


def test_a_description_of_any_system_is_shown(session, own, kit):
    (kit / "README.md").write_bytes(b"\xef\xbb\xbf# T\xc3\xa9st\r\n\rtext\r")
    assert kit_files.description_of(session.query(Problem).one(), own) == "# Tést\n\ntext\n"
