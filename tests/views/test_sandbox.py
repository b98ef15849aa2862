"""Edit, save, upload, submit; nothing typed is ever lost."""

import io
import re

import pytest

from databoard.queries import sandbox

URL = "/events/iris_test/sandbox"
CODE = "class Classifier:\n    rate = 1\n"


def form_of(visitor, code, **fields):
    """Return what the form of the sandbox page sends, with another text in the editor."""
    hidden = re.findall(r'name="(shown-[^"]+)" value="([^"]*)"', visitor.get(URL).text)
    return {**dict(hidden), "file-classifier": code, **fields}


def text_of(session, owls, store):
    session.expire_all()
    return sandbox.files(session, event_team=owls, store=store)[0].text


def test_save_keeps_the_text_for_the_team(visit, session, owls, store):
    answer = visit("alice").post(f"{URL}/save", {"file-classifier": CODE.replace("\n", "\r\n")})
    assert answer.location == URL and text_of(session, owls, store) == CODE
    assert "rate = 1" in visit("bob").get(URL).text


def test_save_by_htmx_answers_one_line(visit):
    answer = visit("alice").post(f"{URL}/save", {"file-classifier": CODE}, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "Saved 1 file." in answer.text and "<html" not in answer.text


@pytest.mark.parametrize(
    ("seconds", "pause"), [(0, None), (60, "The next submission is possible 1 min later.")]
)
def test_a_pause_is_told_where_there_is_one(visit, session, iris_event, seconds, pause):
    iris_event.min_duration_between_submissions_s = seconds
    session.commit()
    page = visit("alice").get(URL).text
    assert "You may submit now." in page
    assert pause in page if pause else "The next submission is possible" not in page


def test_submit_saves_first_then_queues(visit, session, owls, store):
    answer = visit("alice").post(f"{URL}/submit", {"file-classifier": CODE, "name": "first"})
    assert answer.status_code == 303 and answer.location == "/events/iris_test/my_submissions"
    assert text_of(session, owls, store) == CODE
    assert "first" in visit("bob").get("/events/iris_test/my_submissions").text


def test_who_submits_is_told_the_place_in_line(visit):
    visit("alice").post(f"{URL}/submit", {"file-classifier": CODE, "name": "first"})
    visitor = visit("charlie")
    answer = visitor.post(f"{URL}/submit", {"file-classifier": CODE, "name": "mine"})
    assert "mine is checked first, then trained: place 2 of 2." in visitor.get(answer.location).text


def test_a_refused_submit_keeps_the_text_saved_and_shown(visit, session, owls, store):
    answer = visit("alice").post(f"{URL}/submit", {"file-classifier": CODE, "name": "x"})
    assert answer.status_code == 400 and "4 to 20 letters" in answer.text and "rate = 1" in answer.text
    assert text_of(session, owls, store) == CODE


def test_a_second_submit_too_early_says_how_long_to_wait(visit, session, owls, store, clock):
    visitor = visit("alice")
    visitor.post(f"{URL}/submit", {"file-classifier": CODE, "name": "first"})
    clock.forward(seconds=10)
    answer = visitor.post(f"{URL}/submit", form_of(visitor, CODE + "# more\n", name="second"))
    assert answer.status_code == 429 and 'data-countdown-s="50"' in answer.text
    assert text_of(session, owls, store).endswith("# more\n")


def test_who_waits_may_press_submit_for_a_failed_name(visit):
    visitor = visit("alice")
    visitor.post(f"{URL}/submit", {"file-classifier": CODE, "name": "first"})
    page = visitor.get(URL).text
    assert "It may submit now under the name of a failed submission." in page
    assert "disabled" not in page.partition("data-submit")[2].partition(">")[0]


def test_the_page_says_when_the_team_may_submit(visit, clock):
    visitor = visit("alice")
    assert "You may submit now" in visitor.get(URL).text
    clock.forward(days=30)
    assert "closed on" in visitor.get(URL).text


def test_a_refused_save_shows_what_was_typed(visit):
    answer = visit("alice").post(f"{URL}/save", {"file-classifier": "x" * 200_000 + "end of it"})
    assert answer.status_code == 400 and "at most" in answer.text and "end of it" in answer.text


def test_upload_replaces_the_file_of_that_name(visit, session, owls, store):
    file = (io.BytesIO(CODE.encode()), "classifier.py")
    answer = visit("alice").post(f"{URL}/upload", {"upload": file}, content_type="multipart/form-data")
    assert answer.status_code == 303 and text_of(session, owls, store) == CODE


def test_upload_of_another_name_is_refused_and_keeps_edits(visit, session, owls, store):
    data = {"file-classifier": CODE, "upload": (io.BytesIO(b"x"), "../../evil.sh")}
    answer = visit("alice").post(f"{URL}/upload", data, content_type="multipart/form-data")
    assert answer.status_code == 400 and "evil.sh" in answer.text and text_of(session, owls, store) == CODE


def test_upload_without_a_file_says_so(visit):
    assert "Choose a file" in visit("alice").post(f"{URL}/upload").text


def test_the_sandbox_of_an_event_needs_a_team(visit):
    answer = visit("root").get(URL)
    assert answer.status_code == 403 and "Sign up" in answer.text


def test_text_with_markup_is_shown_as_text(visit):
    visitor = visit("alice")
    visitor.post(f"{URL}/save", {"file-classifier": "# </textarea><script>alert(1)</script>\n"})
    assert "<script>alert" not in visitor.get(URL).text


def test_the_page_works_without_javascript(visit):
    page = visit("alice").get(URL).text
    assert '<textarea class="form-control' in page and 'formaction="/events/iris_test/sandbox/submit"' in page


def test_two_names_alike_leave_one_submission(visit, session, owls, clock):
    visitor = visit("alice")
    visitor.post(f"{URL}/submit", {"file-classifier": CODE, "name": "first"})
    clock.forward(hours=1)
    answer = visitor.post(f"{URL}/submit", {"file-classifier": CODE, "name": "first"})
    session.expire_all()
    assert answer.status_code == 409 and len(owls.submissions) == 1
    assert owls.submissions[0].name == "first"


def test_htmx_gets_refusals_as_one_line(visit):
    options = {"headers": {"HX-Request": "true"}}
    refused = visit("alice").post(f"{URL}/save", {"file-nonsense": "x"}, **options)
    logged_out = visit().post(f"{URL}/save", {"file-classifier": CODE}, **options)
    assert refused.status_code == 400 and "Not saved" in refused.text and "<html" not in refused.text
    assert logged_out.status_code == 401 and "Log in" in logged_out.text and "<html" not in logged_out.text


@pytest.mark.parametrize("action", ["", "/save", "/submit"])
def test_a_file_that_the_server_has_lost_is_said_and_is_no_defect(
    visit, session, owls, store, action, iris_event
):
    alice = visit("alice")
    (row,) = owls.sandbox_files
    (store.home / "submissions" / row.sha256[:2] / row.sha256).unlink()
    answer = alice.post(f"{URL}{action}", {"name": "x"}) if action else alice.get(URL)
    if action == "/save":
        answer = alice.get(answer.location)
    assert answer.status_code == 404 and "This file is missing from the server" in answer.text
    assert alice.get(f"{URL}/history").status_code == 200
