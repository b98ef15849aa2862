"""A device that has logged in stays known: nobody who guesses shuts its owner out."""

from base64 import urlsafe_b64decode

import pytest

from databoard.services.people import accounts, throttling
from databoard.views import devices

LOGIN = {"login": "alice", "password": "four ordinary words"}


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
