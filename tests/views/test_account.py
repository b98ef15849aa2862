"""Log in and out, sign up, approve."""

import pytest

from databoard.errors import LoginRefused
from databoard.models import LoginFailure
from databoard.services import accounts, teams, throttling

LOGIN = {"login": "alice", "password": "four ordinary words"}
GOOD = {
    "name": "nora",
    "email": "nora@example.org",
    "password": "four ordinary words",
    "repeated": "four ordinary words",
}


def test_login_leads_on_to_a_page_of_this_server(visit):
    answer = visit().post("/login?next=/events/iris_test/sandbox", LOGIN)
    assert answer.status_code == 303 and answer.location == "/events/iris_test/sandbox"


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/x"])
def test_login_never_leads_to_another_server(visit, target):
    answer = visit().post("/login", LOGIN, query_string={"next": target})
    assert answer.status_code == 303 and answer.location == "/"


def test_wrong_name_and_wrong_password_look_alike(visit):
    visitor = visit()
    texts = [
        visitor.post("/login", {"login": name, "password": "wrong"}).text.replace(name, "")
        for name in ("alice", "nobody")
    ]
    assert "Name or password is wrong." in texts[0] and len(texts[0]) == len(texts[1])


def test_failed_logins_are_counted(visit):
    visitor = visit()
    answers = [visitor.post("/login", {"login": "alice", "password": "wrong"}).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_guesses_count_before_the_password_is_looked_at(visit, sessions, monkeypatch):
    counted = []

    def look(session, **facts):
        with sessions() as other:  # sees only what is committed
            counted.append(other.query(LoginFailure).count())
        raise LoginRefused("no")

    monkeypatch.setattr(accounts, "authenticate", look)
    visit().post("/login", LOGIN)
    assert counted == [3]


def test_an_account_that_waits_is_told_so_and_not_let_in(visit):
    visitor, login = visit(), {"login": "wanda", "password": "four ordinary words"}
    answers = [visitor.post("/login", login) for _ in range(throttling.MAX_PER_LOGIN_AND_ADDRESS + 1)]
    assert {answer.status_code for answer in answers} == {403}  # the right password is no failure
    assert "Your account waits for approval by an organiser." in answers[0].text
    assert visitor.get("/events/iris_test/sandbox").status_code == 303


def test_a_new_session_key_ends_open_sessions(visit, session, alice, now):
    visitor = visit("alice")
    accounts.set_password(session, user=alice, password="five ordinary words now", now=now)
    session.commit()
    assert visitor.get("/events/iris_test/sandbox").status_code == 303


def test_logout_ends_the_session(visit):
    visitor = visit("alice")
    assert visitor.post("/logout").status_code == 303
    assert visitor.get("/events/iris_test/sandbox").location.startswith("/login?next=")


def test_logout_ends_a_remembered_session_on_every_device(visit, app):
    visitor = visit()
    visitor.post("/login", {**LOGIN, "is_remembered": "y"})
    copied = visitor.client.get_cookie("remember_token").value
    visitor.post("/logout")
    assert visitor.client.get_cookie("remember_token") is None
    assert visitor.get("/events/iris_test/sandbox").status_code == 303
    thief = visit()
    thief.client.set_cookie("remember_token", copied)
    assert thief.get("/events/iris_test/sandbox").status_code == 303


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(visit):
    answer = visit().post("/login", {**LOGIN, "is_remembered": "y"})
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(cookie.startswith("remember_token") for cookie in cookies)
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_sign_up_asks_for_an_account(visit, session):
    answer = visit().post("/sign_up", GOOD)
    assert answer.status_code == 303
    assert not accounts.user_by_name(session, "nora").is_approved


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": "1nora"}, "beginning with a letter"),
        ({"password": "short", "repeated": "short"}, "10 characters"),
        ({"repeated": "other"}, "passwords differ"),
        ({"website_url": "javascript:alert(1)"}, "http://"),
        ({"name": "alice"}, "exists"),
        ({"bio": "nora@example.org", "email": "nora"}, "Expected an e-mail address"),
    ],
)
def test_sign_up_says_what_is_wrong_and_keeps_what_was_typed(visit, change, text):
    answer = visit().post("/sign_up", {**GOOD, **change})
    assert answer.status_code >= 400 and text in answer.text and "nora@example.org" in answer.text


def test_an_address_signs_up_few_accounts(visit, monkeypatch):
    monkeypatch.setattr(throttling, "MAX_SIGN_UPS_PER_ADDRESS", 2)
    taken = {**GOOD, "name": "alice"}
    visitor = visit()
    assert [visitor.post("/sign_up", taken).status_code for _ in range(3)] == [409, 409, 429]


def test_root_approves_the_ticked_only(visit, session, wanda):
    answer = visit("root").post("/approve_users", {"user_ids": [wanda.id], "answer": "approve"})
    session.refresh(wanda)
    assert answer.status_code == 303 and wanda.is_approved


def test_no_box_is_ticked_beforehand(visit):
    page = visit("root").get("/approve_users").text
    assert "wanda" in page and " checked" not in page


def test_refusing_removes_the_account(visit, session, wanda):
    user_id = wanda.id
    visit("root").post("/approve_users", {"user_ids": [user_id], "answer": "refuse"})
    session.expunge_all()
    assert accounts.user_by_id(session, user_id) is None


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
    waiting = teams.sign_up(session, event=iris_event, user=root, store=store, now=now)
    session.commit()
    assert "root" in visit("olga").get("/approve_users").text
    visit("olga").post("/approve_users", {"event_team_ids": [waiting.id], "answer": "approve"})
    session.refresh(waiting)
    assert waiting.is_approved


def test_participants_approve_nobody(visit):
    assert visit("alice").get("/approve_users").status_code == 403
    assert visit("alice").post("/approve_users", {"answer": "approve"}).status_code == 403
