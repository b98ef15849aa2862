"""Log in and out, and sign up."""

import pytest

from databoard.errors import LoginRefused
from databoard.models import LoginFailure
from databoard.services.people import accounts, throttling

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
    answers = [visitor.post("/login", {"login": "alice", "password": "wrong"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[5].headers["Retry-After"] == "1" and "Wait 1 second, then try again." in answers[5].text


@pytest.mark.parametrize("typed", ["Zoë and ﬁve words", "Zoe\u0308 and five words"])
@pytest.mark.parametrize("stored", ["Zoë and ﬁve words", "Zoe\u0308 and five words"])
def test_a_password_is_the_same_on_every_keyboard(visit, session, alice, now, stored, typed):
    accounts.set_password(session, user=alice, password=stored, now=now)
    session.commit()
    assert visit().post("/login", {"login": "alice", "password": typed}).status_code == 303


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
    answers = [visitor.post("/login", login) for _ in range(throttling.ACCOUNT_HERE.n_free + 1)]
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
    monkeypatch.setattr(throttling, "SIGN_UP", throttling.Limit(2, 60))
    taken = {**GOOD, "name": "alice"}
    visitor = visit()
    answers = [visitor.post("/sign_up", taken) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [409, 409, 429]
    assert answers[2].headers["Retry-After"] == "1"
