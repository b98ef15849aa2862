"""The notebook of a problem: who reads it, what its page shows, its pictures and the download."""

import json
import re

import pytest

from databoard.services.base import notebook_files
from databoard.services.events import notebooks, provisioning
from tests.notebook_files import png, write, write_notebook

PAGE = "/problems/iris/notebook"
PICTURE = re.compile(rf'src="({PAGE}/[0-9a-f]+\.png)"')


@pytest.fixture
def kept(store, tmp_path):
    """The notebook of iris, as it is after the kit was registered; its file."""
    path = write_notebook(tmp_path / "iris", "x = 1")
    notebooks.keep(store, "iris", notebooks.render(path))
    return path / "starting_kit.ipynb"


def test_it_shows_text_code_and_outputs(visit, kept):
    page = visit("alice").get(PAGE).text
    for part in (
        "<em>four</em>",
        "x = 1",
        "one\n",
        "<td>7</td>",
        "ValueError: no",
        'alt="Picture 1 of cell 5"',
    ):
        assert part in page
    assert "color: red" not in page and "\x1b" not in page


def test_a_picture_comes_from_an_address_of_its_own(visit, kept):
    alice = visit("alice")
    (address,) = PICTURE.findall(alice.get(PAGE).text)
    picture = alice.get(address)
    assert (picture.mimetype, picture.data) == ("image/png", png())
    assert "data:image" not in alice.get(PAGE).text


def test_the_download_is_the_file_itself(visit, kept):
    answer = visit("alice").get(f"{PAGE}.ipynb")
    assert answer.data == kept.read_bytes() and json.loads(answer.data)["nbformat"] == 4
    assert answer.headers["Content-Disposition"] == "attachment; filename=starting_kit.ipynb"


@pytest.mark.parametrize(
    "leaf", ["/page.json", "/starting_kit.ipynb", "/nothing.png", "/..%2fpage.json", "/.png"]
)
def test_no_other_file_is_a_picture(visit, kept, leaf):
    assert visit("alice").get(f"{PAGE}{leaf}").status_code == 404


def test_who_may_not_know_of_the_problem_gets_nothing(visit, session, iris_event, kept):
    (address,) = PICTURE.findall(visit().get(PAGE).text)
    iris_event.is_public = False
    session.commit()
    for path in (PAGE, f"{PAGE}.ipynb", address):
        assert visit().get(path).location.startswith("/login?next=")
        assert visit("alice").get(path).status_code == 200


def test_without_a_notebook_the_page_says_what_to_do(visit):
    assert "fab add_problem:iris" in visit("root").get(PAGE).text
    for_students = visit("alice").get(PAGE)
    assert for_students.status_code == 200 and "fab " not in for_students.text
    assert visit("alice").get(f"{PAGE}.ipynb").status_code == 404


@pytest.mark.parametrize("page", ["/problems/iris", "/events/iris_test"])
def test_pages_lead_to_it_when_there_is_one(visit, store, kept, page):
    assert f'href="{PAGE}"' in visit().get(page).text
    notebook_files.remove(store, "iris")
    assert f'href="{PAGE}"' not in visit().get(page).text


def test_registering_the_kit_renders_it(visit, session, store, now, problems):
    file = (
        write(problems / "iris", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
        / "starting_kit.ipynb"
    )
    try:
        provisioning.add_problem(session, name="iris", store=store, now=now)
    finally:
        file.unlink()
    session.rollback()
    assert notebook_files.is_there(store, "iris")
