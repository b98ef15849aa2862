"""A problem's page: description, events, environment."""

import shutil

import pytest

from databoard import kits
from databoard.kits.environments import Environment, environments_folder, record


def test_it_describes_the_problem_and_lists_its_events(visit):
    page = visit("alice").get("/problems/iris").text
    assert "classifier.py" in page and "/events/iris_test" in page
    assert "runs in the server&#39;s environment" in page or "runs in the server's environment" in page


def test_strangers_read_it_when_one_of_its_events_is_public(visit, session, iris_event):
    assert visit().get("/problems/iris").status_code == 200
    iris_event.is_public = False
    session.commit()
    missing, private = visit().get("/problems/nowhere"), visit().get("/problems/iris")
    assert missing.status_code == private.status_code == 303
    assert visit("root").get("/problems/iris").status_code == 200


def test_an_unknown_problem_is_not_found(visit):
    assert visit("alice").get("/problems/nowhere").status_code == 404


@pytest.fixture
def pinned(problems, home):
    """The kit asks for an environment, and one was built for just that."""
    kit = problems / "iris"
    (kit / "requirements.txt").write_text("pandas==1.5.3\n")
    digest = kits.wanted_environment(kit).digest
    environments_folder(home).mkdir()
    python = shutil.which("python3")
    record(
        home,
        "iris",
        Environment("iris-0", digest, python, "3.10.13", ("/usr",), (("pandas", "1.5.3"),), "2026-11-24"),
    )
    yield kit
    (kit / "requirements.txt").unlink()


def test_the_packages_of_its_own_environment_are_shown(visit, pinned):
    page = visit("alice").get("/problems/iris").text
    assert "Python 3.10.13" in page and "1.5.3" in page


def test_an_environment_that_must_be_built_again_is_told_to_organisers_only(visit, pinned):
    (pinned / "requirements.txt").write_text("pandas==2.0.0\n")
    assert "fab build_env:iris" in visit("root").get("/problems/iris").text
    assert "fab build_env" not in visit("alice").get("/problems/iris").text
