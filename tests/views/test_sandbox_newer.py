"""Two windows on one sandbox: the later save is told of the earlier, and nobody's text is lost."""

import html
import io

import pytest

from databoard.queries import sandbox
from databoard.services.events import catalogue
from tests.views.test_sandbox import CODE, URL, form_of, text_of

THEIRS = "class Classifier:\n    rate = 2\n"
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def conflict(visit, clock):
    """Alice has the page open when bob saves: her visitor, what her form sends, her answer."""
    alice, bob = visit("alice"), visit("bob")
    form = form_of(alice, CODE, name="first")
    bob.post(f"{URL}/save", form_of(bob, THEIRS))
    clock.forward(minutes=5)

    def send(action, headers=None, **fields):
        return alice.post(f"{URL}/{action}", {**form, **fields}, headers=headers)

    send.visitor = alice
    return send


def newer_of(session, owls, store):
    session.expire_all()
    return sandbox.files(session, event_team=owls, store=store)[0].sha256


@pytest.mark.parametrize("action", ["save", "submit", "upload"])
def test_the_later_one_is_told_who_saved_when_and_how_it_differs(conflict, session, owls, store, action):
    answer = conflict(action)
    assert answer.status_code == 409 and text_of(session, owls, store) == THEIRS
    assert "bob saved" in answer.text and "2026-11-24 12:00 UTC" in answer.text
    assert "<del>-     rate = 2" in answer.text and "<ins>+     rate = 1" in answer.text
    assert f"\n{CODE}</textarea>" in answer.text and 'value="first"' in answer.text
    assert len(owls.submissions) == 0


def test_pressing_again_without_a_choice_is_told_again(conflict, session, owls, store):
    conflict("save")
    form = {"newer-classifier": newer_of(session, owls, store)}
    assert conflict("save", **form).status_code == 409
    assert conflict("save", **form, **{"choice-classifier": "nonsense"}).status_code == 409
    assert text_of(session, owls, store) == THEIRS


@pytest.mark.parametrize(("choice", "kept", "aside"), [("mine", CODE, THEIRS), ("theirs", THEIRS, CODE)])
@pytest.mark.parametrize("action", ["save", "submit"])
def test_a_choice_is_followed_and_the_other_text_is_in_the_history(
    conflict, session, owls, store, visit, action, choice, kept, aside
):
    form = {"newer-classifier": newer_of(session, owls, store), "choice-classifier": choice}
    assert conflict(action, **form).status_code == 303
    assert text_of(session, owls, store) == kept
    assert {row.name for row in owls.submissions} == ({"first"} if action == "submit" else set())
    versions = [version.sha256 for version in owls.sandbox_versions]
    assert aside in [store.read(sha256).decode() for sha256 in versions]


def test_the_answer_carries_what_the_choice_needs(conflict, session, owls, store):
    page = conflict("save").text
    assert f'name="newer-classifier" value="{newer_of(session, owls, store)}"' in page
    assert page.count('name="choice-classifier"') == 2 and 'type="radio"' in page
    assert "hx-post" not in page.partition("data-save")[2].partition(">")[0]  # a plain form decides


def test_htmx_gets_one_line_with_a_button_that_compares(visit):
    alice, bob = visit("alice"), visit("bob")
    form = form_of(alice, CODE)
    bob.post(f"{URL}/save", form_of(bob, THEIRS))
    answer = alice.post(f"{URL}/save", form, **HTMX)
    assert answer.status_code == 409 and "<html" not in answer.text
    assert "Not saved: bob saved classifier.py at" in answer.text
    assert f'formaction="{URL}/save">Compare</button>' in answer.text


def test_after_a_save_htmx_learns_the_version_that_the_page_shows_now(visit, session, owls, store):
    alice = visit("alice")
    answer = alice.post(f"{URL}/save", form_of(alice, CODE), **HTMX)
    shown = f'name="shown-classifier" value="{newer_of(session, owls, store)}" hx-swap-oob="true"'
    assert answer.status_code == 200 and shown in answer.text


def test_who_did_not_edit_a_newer_file_is_told_and_keeps_the_version_of_the_page(visit):
    alice, bob = visit("alice"), visit("bob")
    page = alice.get(URL).text
    starting_kit = page.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0]
    form = form_of(alice, html.unescape(starting_kit))
    bob.post(f"{URL}/save", form_of(bob, THEIRS))
    answer = alice.post(f"{URL}/save", form, **HTMX)
    assert "Nothing had changed." in answer.text and "bob saved classifier.py meanwhile" in answer.text
    assert "hx-swap-oob" not in answer.text
    told = alice.get(alice.post(f"{URL}/save", form).location).text
    assert "bob saved classifier.py at" in told and "rate = 2" in told


def test_submitting_what_the_page_does_not_show_is_refused(visit, session, owls):
    alice, bob = visit("alice"), visit("bob")
    form = form_of(alice, "", name="first")
    del form["file-classifier"]  # nothing typed, only what the page was made of
    bob.post(f"{URL}/save", form_of(bob, THEIRS))
    answer = alice.post(f"{URL}/submit", form)
    assert answer.status_code == 409 and "bob saved" in answer.text
    session.expire_all()
    assert len(owls.submissions) == 0


def test_an_upload_that_is_refused_lies_in_the_editor(conflict, visit):
    answer = conflict("upload", upload=(io.BytesIO(b"rate = 3\r\n"), "classifier.py"))
    assert answer.status_code == 409
    alice, bob = visit("alice"), visit("bob")
    form = form_of(alice, THEIRS)
    bob.post(f"{URL}/save", form_of(bob, CODE))
    del form["file-classifier"]
    answer = alice.post(f"{URL}/upload", {**form, "upload": (io.BytesIO(b"rate = 3\r\n"), "classifier.py")})
    assert answer.status_code == 409 and "\nrate = 3\n</textarea>" in answer.text


def test_data_are_told_without_a_difference(visit, session, owls, iris_event):
    workflow = iris_event.problem.workflow
    catalogue.add_workflow(session, name=workflow.name, element_type_names=["classifier", "external_data"])
    session.commit()
    alice, bob = visit("alice"), visit("bob")
    form, theirs = form_of(alice, CODE, name="first"), form_of(bob, CODE)
    file = lambda: (io.BytesIO(b"1,2\n"), "external_data.csv")  # noqa: E731
    assert bob.post(f"{URL}/upload", {**theirs, "upload": file()}).status_code == 303
    answer = alice.post(f"{URL}/submit", form)
    assert answer.status_code == 409 and "upload it again" in answer.text and "<ins>" not in answer.text


def test_a_difference_is_escaped(visit):
    alice, bob = visit("alice"), visit("bob")
    form = form_of(alice, "<script>alert(1)</script>")
    bob.post(f"{URL}/save", form_of(bob, "</pre><script>alert(2)</script>"))
    assert "<script>alert" not in alice.post(f"{URL}/save", form).text


def test_two_saves_from_one_page_that_follow_each_other_go_through(visit, session, owls, store):
    alice = visit("alice")
    for code in (CODE, THEIRS, CODE):
        assert alice.post(f"{URL}/save", form_of(alice, code)).status_code == 303
        assert text_of(session, owls, store) == code


@pytest.mark.parametrize("content", ['{"cells": [], "nbformat": 4}', "# é" * 60_000])
def test_what_is_refused_for_another_reason_keeps_the_version_of_the_page(visit, content):
    alice = visit("alice")
    form = form_of(alice, content)
    answer = alice.post(f"{URL}/save", form)
    assert answer.status_code == 400 and f'value="{form["shown-classifier"]}"' in answer.text


#: What people type or paste, and how it is kept; none of it is anybody else's.
NORMALISED = {
    "windows": "rate = 1\r\nrate = 2\r\n",
    "old_mac": "rate = 1\rrate = 2\r",
    "no_last_line_end": "rate = 1",
    "byte_order_mark": "\ufeffrate = 1\n",
    "cookie": "# -*- coding: latin-1 -*-\nrate = 1\n",
    "all_of_it": "\ufeff# coding: latin-1\r\nrate = 1",
}


@pytest.mark.parametrize("typed", NORMALISED.values(), ids=NORMALISED)
@pytest.mark.parametrize("edit", ["", "rate = 3"])
def test_after_a_refused_submit_nobodys_own_text_is_somebody_elses(visit, session, owls, store, typed, edit):
    alice = visit("alice")
    answer = alice.post(f"{URL}/submit", form_of(alice, typed, name="x"))
    assert answer.status_code == 400 and "data-unsaved" not in answer.text
    page = answer.text.partition(' name="shown-classifier" value="')[2]
    form = {"shown-classifier": page.partition('"')[0], "file-classifier": edit or typed, "name": "first"}
    assert alice.post(f"{URL}/save", form).status_code == 303
    if edit:
        assert text_of(session, owls, store) == f"{edit}\n"
    else:
        assert alice.post(f"{URL}/submit", form).status_code == 303


KEPT = "You kept the saved version of classifier.py."


@pytest.mark.parametrize("action", ["save", "submit"])
def test_who_takes_the_newer_version_is_told_so(conflict, session, owls, store, action):
    form = {"newer-classifier": newer_of(session, owls, store), "choice-classifier": "theirs"}
    told = conflict.visitor.get(conflict(action, **form).location).text
    assert KEPT in told and "Nothing had changed" not in told


def test_htmx_is_told_too_which_version_was_kept(conflict, session, owls, store):
    form = {"newer-classifier": newer_of(session, owls, store), "choice-classifier": "theirs"}
    line = conflict("save", **form, **HTMX).text
    assert KEPT in line and "Nothing had changed" not in line


def test_who_keeps_their_own_is_told_that_it_was_saved(conflict, session, owls, store):
    form = {"newer-classifier": newer_of(session, owls, store), "choice-classifier": "mine"}
    told = conflict.visitor.get(conflict("save", **form).location).text
    assert "Saved 1 file." in told and "You kept" not in told


def test_a_choice_holds_when_the_submission_is_refused_for_another_reason(conflict, session, owls, store):
    form = {"newer-classifier": newer_of(session, owls, store), "choice-classifier": "theirs"}
    answer = conflict("submit", **form, name="x")
    assert answer.status_code == 400 and f"\n{THEIRS}</textarea>" in answer.text
    assert f'name="shown-classifier" value="{newer_of(session, owls, store)}"' in answer.text


def test_nothing_typed_is_lost_when_a_choice_cannot_be_followed(conflict, session, owls, store):
    form = {"newer-classifier": newer_of(session, owls, store), "choice-classifier": "theirs"}
    answer = conflict("save", **form, **{"file-classifier": "rate = 1\0"})
    assert answer.status_code == 400 and "rate = 1" in answer.text and "data-unsaved" in answer.text
