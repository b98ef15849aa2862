"""Build, find and rebuild the environment of a kit, with real packages."""

import shutil

import pytest

from databoard import kits
from databoard.errors import KitError
from databoard.kits import building


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A home, a kit, and the environment that pip alone (no uv) built for it."""
    folder = tmp_path_factory.mktemp("building")
    kit = folder / "problems" / "small-kit"
    kit.mkdir(parents=True)
    (kit / "problem.py").write_text("problem_title = 'x'\n")
    (kit / "requirements.txt").write_text("joblib\nthreadpoolctl\n")
    real = shutil.which
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building.shutil, "which", lambda name: None if name == "uv" else real(name))
        environment = kits.build_environment(folder / "home", kit, say=lambda line: None)
    return folder / "home", kit, environment


def test_a_built_environment_is_found_with_its_packages(built):
    home, kit, environment = built
    assert kits.find_environment(home, kit) == environment
    assert {"joblib", "threadpoolctl"} <= {name for name, _ in environment.packages}


def test_nothing_is_built_again_while_the_kit_asks_for_the_same(built):
    home, kit, environment = built
    said = []
    assert kits.build_environment(home, kit, say=said.append) == environment
    assert said == []


def test_a_kit_that_asks_for_something_else_waits_for_its_environment(built, tmp_path):
    home, kit, _ = built
    changed = shutil.copytree(kit, tmp_path / "small-kit")
    (changed / "requirements.txt").write_text("pandas<2\n")
    with pytest.raises(KitError, match=r"changed since it was built. Build it: fab build_env:small-kit"):
        kits.find_environment(home, changed)


def test_a_kit_whose_environment_was_never_built_says_how(built, tmp_path):
    _, kit, _ = built
    with pytest.raises(KitError, match=r"is not built yet. Build it: fab build_env:small-kit"):
        kits.find_environment(tmp_path, kit)


def test_what_cannot_be_installed_is_an_error_with_the_installers_words_and_leaves_nothing(built, tmp_path):
    _, kit, _ = built
    broken = shutil.copytree(kit, tmp_path / "small-kit")
    (broken / "requirements.txt").write_text("numpy==0.0.1\n")
    with pytest.raises(KitError, match=r"(?s)cannot be built.*numpy==0.0.1"):
        kits.build_environment(tmp_path / "home", broken, say=lambda line: None)
    assert [p.name for p in (tmp_path / "home" / "environments").iterdir()] == ["small-kit.lock"]


def test_a_python_that_is_not_there_is_named(built):
    home, kit, _ = built
    with pytest.raises(KitError, match=r"Expected Python 3\.99 on this machine, found none"):
        kits.build_environment(home, kit, python="3.99")


def test_a_python_that_is_too_old_for_the_scorer_is_refused(built, monkeypatch):
    home, kit, _ = built
    monkeypatch.setattr(building, "OLDEST_PYTHON", (4, 0))
    with pytest.raises(KitError, match=r"Expected Python 4\.0 or newer"):
        kits.build_environment(home, kit, is_forced=True)


def test_only_the_last_two_builds_of_a_kit_are_kept(tmp_path):
    names = [
        "a-111111111111-aaaaaa",
        "a-222222222222-bbbbbb",
        "a-333333333333-cccccc",
        "a-b-444444444444-dddddd",
    ]
    for age, name in enumerate(names):
        (tmp_path / name).mkdir()
        building.os.utime(tmp_path / name, (age, age))
    building._sweep(tmp_path, "a")
    assert sorted(p.name for p in tmp_path.iterdir()) == names[1:]
