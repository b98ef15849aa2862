"""The history of a sandbox: a list, each version beside what is there now, and back to it."""

import re

import pytest

from tests.views.test_sandbox import CODE, URL, form_of, text_of

HISTORY = f"{URL}/history"
OTHER = "class Classifier:\n    rate = 2\n"


@pytest.fixture
def saved(visit):
    """Alice saved twice; her visitor."""
    alice = visit("alice")
    for code in (CODE, OTHER):
        alice.post(f"{URL}/save", form_of(alice, code))
    return alice


def restore_form(visitor):
    """Return address and fields of the first button that restores."""
    page = visitor.get(HISTORY).text
    address = re.search(r'action="([^"]*/restore)"', page)[1]
    return address, {"shown": re.search(r'name="shown" value="([^"]*)"', page)[1]}


def test_the_list_names_every_version_and_says_how_long_they_stay(saved, visit):
    page = visit("bob").get(HISTORY).text
    assert page.count('<th scope="row">') == 3 and "current version" in page
    assert "starting kit" in page and re.search(
        r"The latest 50 versions of each file are kept for\s+30 days", page
    )
    assert HISTORY in visit("bob").get(URL).text


def test_a_version_is_shown_beside_what_is_there_now(saved):
    address, _ = restore_form(saved)
    page = saved.get(address.removesuffix("/restore")).text
    assert "<del>-     rate = 2" in page and "<ins>+     rate = 1" in page
    assert "Saved by alice" in page and "Restore this version" in page


def test_a_version_is_restored_by_any_member(saved, visit, session, owls, store):
    bob = visit("bob")
    address, fields = restore_form(bob)
    answer = bob.post(address, fields)
    assert answer.status_code == 303 and answer.location == URL
    assert "classifier.py is again as saved at 2026-11-24 12:00 UTC." in bob.get(URL).text
    assert text_of(session, owls, store) == CODE


def test_restoring_over_an_unseen_version_is_refused(saved, visit, session, owls, store):
    bob = visit("bob")
    address, fields = restore_form(bob)
    saved.post(f"{URL}/save", form_of(saved, "rate = 3\n"))
    answer = bob.post(address, fields)
    assert answer.status_code == 409 and "alice saved classifier.py at" in answer.text
    assert text_of(session, owls, store) == "rate = 3\n"


def test_nothing_is_restored_by_a_link_or_without_a_token(saved):
    address, fields = restore_form(saved)
    assert saved.get(address).status_code == 405
    assert saved.client.post(address, data=fields).status_code == 400


@pytest.mark.parametrize(("name", "status"), [("charlie", 404), ("olga", 403), ("root", 403), (None, 303)])
def test_a_history_is_for_its_team_alone(saved, visit, name, status):
    address, fields = restore_form(saved)
    visitor = visit(name)
    assert visitor.get(address.removesuffix("/restore")).status_code == status
    assert visitor.post(address, fields).status_code == (401 if name is None else status)


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999", "-1", "x"])
def test_a_version_that_is_not_there_is_not_found(saved, number):
    assert saved.get(f"{HISTORY}/{number}").status_code == 404
    assert saved.post(f"{HISTORY}/{number}/restore", {}).status_code == 404


def test_what_was_saved_is_shown_escaped(visit):
    alice = visit("alice")
    for code in ("</pre><script>alert(1)</script>", "x = 1"):
        alice.post(f"{URL}/save", form_of(alice, code))
    address, _ = restore_form(alice)
    assert "<script>alert" not in alice.get(address.removesuffix("/restore")).text


def test_an_empty_history_says_what_will_appear(visit, session, owls):
    owls.sandbox_versions.clear()
    session.commit()
    assert "Nothing saved yet" in visit("alice").get(HISTORY).text
