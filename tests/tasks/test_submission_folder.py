"""The files of a submission that lie in a folder."""

import pytest

from databoard.errors import NotFound
from databoard.tasks import submission_folder


@pytest.fixture
def kit(tmp_path):
    """A kit with a starting kit and one deposited submission."""
    for folder, text in (
        ("starting_kit", "start"),
        ("submissions/forest", "forest"),
        ("mine/__pycache__", ""),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "classifier.py").write_text(text)
    (tmp_path / "mine" / "classifier.py").write_text("mine")
    return tmp_path


def test_without_a_path_the_submission_of_that_name_in_the_kit_is_read(kit):
    assert submission_folder.files("", "forest", kit) == {"classifier.py": b"forest"}


def test_the_starting_kit_is_read_by_its_name(kit):
    assert submission_folder.files("", "starting_kit", kit)["classifier.py"] == b"start"


def test_a_folder_is_read_without_its_folders(kit):
    assert submission_folder.files(str(kit / "mine"), "forest", kit) == {"classifier.py": b"mine"}


def test_in_a_kit_of_2016_each_team_has_deposited_its_own(kit):
    folder = kit / "deposited_submissions" / "kegl" / "forest"
    folder.mkdir(parents=True)
    (folder / "classifier.py").write_text("kegl's")
    assert submission_folder.files("", "forest", kit, team="kegl") == {"classifier.py": b"kegl's"}
    assert submission_folder.files("", "forest", kit, team="owls") == {"classifier.py": b"forest"}


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_a_folder_that_does_not_exist_is_refused(kit, path):
    with pytest.raises(NotFound, match="which does not exist"):
        submission_folder.files(path, "nowhere", kit)
