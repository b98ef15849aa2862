"""What participants get: the starting kit, the zip, and deposited submissions."""

import io
import os
import shutil
import zipfile

import pytest

from databoard import kits
from databoard.errors import KitError
from databoard.kits.client_wheel import client_wheel_name


def fill(path, *names):
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(name)


def entries(path):
    return zipfile.ZipFile(io.BytesIO(kits.starting_kit_zip(path))).namelist()


PUBLIC = ["README.md", "data/public/a/train.csv", "problem.py", "small_starting_kit.ipynb"]
NOT_PUBLIC = [
    "data/private/train.csv",
    "data/raw/all.csv",
    "data/loose.csv",
    "data/public/__pycache__/x.pyc",
    "starting_kit/.hidden",
    "starting_kit/__pycache__/regressor.pyc",
    "submissions/good/regressor.py",
    "solutions.txt",
    "solutions.ipynb",
]


def test_the_zip_holds_only_what_is_public(small):
    fill(small, *PUBLIC, *NOT_PUBLIC)
    wanted = [*PUBLIC, "submissions/starting_kit/regressor.py", client_wheel_name()]
    assert entries(small) == sorted(f"small/{name}" for name in wanted)


@pytest.mark.parametrize("kept_in", ["starting_kit", "submissions/starting_kit"])
def test_the_zip_holds_one_copy_of_each_file_that_a_student_edits(small, kept_in):
    shutil.rmtree(small / "starting_kit")
    fill(small, f"{kept_in}/regressor.py", f"{kept_in}/tables/small.csv")
    students = [name for name in entries(small) if name.endswith(("regressor.py", "small.csv"))]
    folder = "small/submissions/starting_kit"
    assert students == [f"{folder}/regressor.py", f"{folder}/tables/small.csv"]


def test_the_readme_of_the_zip_says_how_to_install_and_run_the_test(small):
    fill(small, "README.md", "requirements.txt")
    archive = zipfile.ZipFile(io.BytesIO(kits.starting_kit_zip(small)))
    text = archive.read("small/README.md").decode()
    assert text.startswith("README.md\n\n## Try it")
    wheel, requirements, test = kits.commands_to_try(small)
    assert f"```\n{wheel}\n{requirements}\n{test}\n```" in text
    assert f"small/{wheel.removeprefix('pip install ./')}" in archive.namelist()
    assert (requirements, test) == ("pip install -r requirements.txt", "databoard test")


def test_the_zip_is_the_same_whenever_it_is_made(small):
    before = kits.starting_kit_zip(small)
    os.utime(small / "problem.py", (1e9, 1e9))
    assert kits.starting_kit_zip(small) == before


@pytest.mark.parametrize("linked", ["data/public/answers.csv", "README.md"])
def test_a_link_to_a_private_file_is_refused(small, linked):
    fill(small, "data/private/test.csv", "data/public/train.csv")
    (small / linked).symlink_to(small / "data" / "private" / "test.csv")
    with pytest.raises(KitError, match=f"small/{linked} links elsewhere"):
        kits.starting_kit_zip(small)


def test_a_linked_public_folder_is_refused(small):
    fill(small, "data/private/test.csv")
    (small / "data" / "public").symlink_to(small / "data" / "private")
    with pytest.raises(KitError, match="links elsewhere"):
        kits.starting_kit_zip(small)


def test_a_kit_of_ramp_keeps_its_starting_kit_among_the_submissions(small):
    (small / "starting_kit" / "regressor.py").unlink()
    fill(small, "submissions/starting_kit/regressor.py")
    assert kits.starting_kit_files(small) == {"regressor.py": b"submissions/starting_kit/regressor.py"}


def test_a_kit_without_starting_kit_is_refused(small):
    (small / "starting_kit" / "regressor.py").unlink()
    with pytest.raises(KitError, match="small/starting_kit/ has no files"):
        kits.starting_kit_files(small)


def test_deposited_submissions_are_sorted_folders_with_files(small):
    fill(
        small,
        "submissions/b/regressor.py",
        "submissions/a/regressor.py",
        "submissions/.git/x",
        "submissions/note",
    )
    (small / "submissions" / "empty").mkdir()
    assert list(kits.deposited_submissions(small)) == ["a", "b"]
    assert kits.deposited_submissions(small)["a"] == {"regressor.py": b"submissions/a/regressor.py"}
