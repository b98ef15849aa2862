"""Accounts and sign-ups that wait: who approves and refuses them, and what is said."""

import shutil

import pytest

from databoard.models import User
from databoard.services.teams import sign_ups


def test_root_approves_the_selected_only(visit, session, wanda):
    answer = visit("root").post("/approve_users", {"user_ids": [wanda.id], "answer": "approve"})
    session.refresh(wanda)
    assert answer.status_code == 303 and wanda.is_approved


def test_no_box_is_selected_beforehand(visit):
    page = visit("root").get("/approve_users").text
    assert "wanda" in page and " checked" not in page


def test_refusing_removes_the_account(visit, session, wanda):
    user_id = wanda.id
    visit("root").post("/approve_users", {"user_ids": [user_id], "answer": "refuse"})
    session.expunge_all()
    assert session.get(User, user_id) is None


@pytest.mark.parametrize("answer", [{}, {"answer": ""}, {"answer": "delete"}])
def test_no_answer_is_neither_approval_nor_refusal(visit, session, wanda, answer):
    assert visit("root").post("/approve_users", {"user_ids": [wanda.id], **answer}).status_code == 400
    session.refresh(wanda)
    assert not wanda.is_approved


@pytest.mark.parametrize("ticked", ["9" * 25, "9" * 9, "-1", "x", "²"])
def test_numbers_of_no_row_are_ignored(visit, ticked):
    data = {"user_ids": [ticked], "event_team_ids": [ticked], "answer": "refuse"}
    assert visit("root").post("/approve_users", data).status_code == 303


def test_an_event_admin_cannot_approve_accounts(visit, session, wanda):
    answer = visit("olga").post("/approve_users", {"user_ids": [wanda.id], "answer": "approve"})
    session.refresh(wanda)
    assert answer.status_code == 303 and not wanda.is_approved


def test_an_event_admin_approves_sign_ups_to_the_own_event(visit, session, root, iris_event, store, now):
    iris_event.is_controlled_signup = True
    waiting = sign_ups.sign_up(session, event=iris_event, user=root, store=store, now=now)
    session.commit()
    assert "root" in visit("olga").get("/approve_users").text
    visit("olga").post("/approve_users", {"event_team_ids": [waiting.id], "answer": "approve"})
    session.refresh(waiting)
    assert waiting.is_approved


def test_who_could_not_be_let_in_is_named_with_the_reason_and_the_others_are_in(
    app, visit, session, root, wanda, iris_event, now, tmp_path
):
    iris_event.is_controlled_signup = True
    store = app.extensions["databoard"]["store"]
    waiting = sign_ups.sign_up(session, event=iris_event, user=root, store=store, now=now)
    session.commit()
    shutil.copytree(store.kit_path("iris"), tmp_path / "iris", ignore=shutil.ignore_patterns("data"))
    (tmp_path / "iris" / "starting_kit" / "classifier.py").write_bytes(b"\xff")
    store.problems = tmp_path
    ticked = {"user_ids": [wanda.id], "event_team_ids": [waiting.id], "answer": "approve"}
    answer = visit("root").post("/approve_users", ticked)
    assert answer.status_code == 409 and "Approved: accounts 1, sign-ups to events 0." in answer.text
    assert "Not approved: root for Iris. The starting kit cannot be used" in answer.text
    assert "classifier.py, line 1: Expected UTF-8 text" in answer.text
    session.expire_all()
    assert (wanda.is_approved, waiting.is_approved) == (True, False)


@pytest.mark.parametrize("name", ["root", "olga"])
@pytest.mark.parametrize("answer", ["approve", "refuse"])
def test_an_answer_with_nothing_selected_says_so(visit, name, answer):
    refusal = visit(name).post("/approve_users", {"answer": answer})
    assert refusal.status_code == 400
    assert "Nothing is selected. Select what you want to approve or refuse." in refusal.text
    assert ("wanda" in refusal.text) == (name == "root")


def test_participants_approve_nobody(visit):
    assert visit("alice").get("/approve_users").status_code == 403
    assert visit("alice").post("/approve_users", {"answer": "approve"}).status_code == 403
