"""Log in and out, sign up, approve."""

import shutil
from base64 import urlsafe_b64decode

import pytest

from databoard.errors import LoginRefused
from databoard.models import LoginFailure, User
from databoard.services.people import accounts, throttling
from databoard.services.teams import sign_ups
from databoard.views import devices

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


def test_the_right_password_is_let_in_after_the_wait(visit, clock):
    visitor = visit()
    for _ in range(throttling.ACCOUNT_HERE.n_free):
        visitor.post("/login", {"login": "alice", "password": "wrong"})
    assert visitor.post("/login", LOGIN).status_code == 429
    clock.forward(seconds=1)
    assert visitor.post("/login", LOGIN).status_code == 303


def guess_until_refused(visitor, login="alice"):
    """Guess as a stranger who takes no cookies, until the next guess must wait."""
    while visitor.post("/login", {"login": login, "password": "wrong"}).status_code != 429:
        visitor.client.delete_cookie("databoard_device", path="/login")


@pytest.mark.parametrize("login", ["alice", "alice@example.org"])
def test_a_device_that_logged_in_before_is_let_in_whatever_strangers_guess(visit, login):
    device = visit("alice")
    device.post("/logout")
    guess_until_refused(visit())
    assert visit().post("/login", LOGIN).status_code == 429
    assert device.post("/login", {**LOGIN, "login": login}).status_code == 303
    assert device.post("/login", {**LOGIN, "login": "bob"}).status_code == 303


def test_one_device_knows_several_accounts_and_forgets_the_oldest(visit, monkeypatch):
    monkeypatch.setattr(devices, "MAX_ACCOUNTS", 2)
    device = visit()
    for name in ("alice", "bob", "alice", "charlie"):
        assert device.post("/login", {**LOGIN, "login": name}).status_code == 303
    for name in ("alice", "bob"):
        guess_until_refused(visit(), name)
    answers = [device.post("/login", {**LOGIN, "login": name}).status_code for name in ("alice", "bob")]
    assert answers == [303, 429]


def test_a_device_has_a_count_of_its_own(visit):
    device = visit("alice")
    guesses = [device.post("/login", {"login": "alice", "password": "wrong"}).status_code for _ in range(6)]
    assert guesses == [401] * 5 + [429]
    assert visit().post("/login", LOGIN).status_code == 303


@pytest.mark.parametrize("forged", ["", "x", "e30.x.y", "eyJhIjoiYiJ9.aaaa.bbbb", "\xff"])
def test_a_forged_device_is_none(visit, forged):
    guess_until_refused(visit())
    visitor = visit()
    visitor.client.set_cookie("databoard_device", forged, path="/login")
    assert visitor.post("/login", LOGIN).status_code == 429


@pytest.mark.parametrize("others", [[], ["bob", "charlie"]])
def test_a_device_is_forgotten_half_a_year_after_the_account_last_logged_in_there(visit, clock, others):
    device = visit("alice")
    for name in others:  # strangers at the same machine keep only themselves known
        clock.forward(seconds=devices.KEPT_S // 2)
        assert device.post("/login", {**LOGIN, "login": name}).status_code == 303
    clock.forward(seconds=devices.KEPT_S - len(others) * (devices.KEPT_S // 2) + 1)
    for name in ("alice", *others[1:]):
        guess_until_refused(visit(), name)
    assert device.post("/login", LOGIN).status_code == 429
    for name in others[1:]:
        assert device.post("/login", {**LOGIN, "login": name}).status_code == 303


def test_a_device_stays_known_as_long_as_the_account_logs_in_there(visit, clock):
    device = visit("alice")
    for _ in range(3):
        clock.forward(seconds=devices.KEPT_S - 1)
        guess_until_refused(visit())
        assert device.post("/login", LOGIN).status_code == 303


def test_a_new_password_makes_every_device_of_the_account_unknown(visit, session, alice, now):
    device = visit("alice")
    device.post("/login", {**LOGIN, "login": "bob"})
    accounts.set_password(session, user=alice, password="five words nobody has guessed", now=now)
    session.commit()
    for name in ("alice", "bob"):
        guess_until_refused(visit(), name)
    right = {"login": "alice", "password": "five words nobody has guessed"}
    assert device.post("/login", right).status_code == 429
    assert device.post("/login", {**LOGIN, "login": "bob"}).status_code == 303


def test_the_cookie_of_a_device_names_nobody_and_goes_to_the_login_only(visit):
    cookie = visit("alice").client.get_cookie("databoard_device", path="/login")
    assert cookie.path == "/login" and cookie.http_only and cookie.same_site == "Lax"
    payload = cookie.value.partition(".")[0]
    assert b"alice" not in urlsafe_b64decode(payload + "=" * (-len(payload) % 4))


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
