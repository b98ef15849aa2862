"""Guessing is slowed down, and nobody's guesses shut out somebody else for long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from databoard.errors import TooManyRequests
from databoard.services.people import accounts, throttling
from databoard.services.people.throttling import ACCOUNT, ACCOUNT_HERE, ADDRESS, DEVICE, SIGN_UP, Limit

ONE_SECOND = timedelta(seconds=1)


def count(session, now, login="alice", address="192.0.2.1", n=1, **facts):
    for _ in range(n):
        throttling.count_login(session, login=login, address=address, now=now, **facts)


def wait_s(session, now, login="alice", **facts):
    """Return how long the next try must wait; 0 when it is counted."""
    try:
        count(session, now, login, **facts)
    except TooManyRequests as refused:
        return refused.retry_after_s
    return 0


def guess(session, now, seconds, **facts):
    """Guess as often as it is allowed for so long; return how often that was."""
    end, n_guesses = now + timedelta(seconds=seconds), 0
    while now < end:
        waited = wait_s(session, now, **facts)
        n_guesses += waited == 0
        now += timedelta(seconds=waited)
    return n_guesses


@pytest.mark.parametrize(
    ("n_failures", "expected_s"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (12, 128), (14, 300), (9999, 300)]
)
def test_the_wait_doubles_with_each_failure_up_to_its_longest(n_failures, expected_s):
    assert Limit(5, 300).wait(n_failures) == timedelta(seconds=expected_s)


def test_the_right_password_after_five_wrong_ones_waits_a_second(session, now):
    count(session, now, n=ACCOUNT_HERE.n_free)
    assert wait_s(session, now) == 1
    assert wait_s(session, now + ONE_SECOND) == 0


def test_a_refusal_says_how_long_and_counts_nothing(session, now):
    count(session, now, n=ACCOUNT_HERE.n_free + 0)
    for _ in range(20):
        with pytest.raises(TooManyRequests, match=r"Too many failed logins\. Wait 1 second, then"):
            count(session, now)
    assert wait_s(session, now + ONE_SECOND) == 0


def test_guessing_without_end_is_slow_and_the_owner_never_waits_long(session, now):
    n_guesses = guess(session, now, 2 * 3600)
    assert 30 <= n_guesses <= 45  # some 14 an hour after the free ones
    assert wait_s(session, now + timedelta(hours=2)) <= ACCOUNT_HERE.longest_wait_s == 300


@pytest.mark.parametrize("login", ["ALICE", " alice", "alice@example.org", "Alice@Example.org "])
def test_name_and_address_in_any_spelling_are_one_account(session, now, login):
    count(session, now, n=ACCOUNT_HERE.n_free)
    assert wait_s(session, now, login) == 1
    assert wait_s(session, now, "bob@example.org") == wait_s(session, now, "bob") == 0


def test_a_stranger_does_not_lock_a_name_for_its_owner(session, now):
    guess(session, now, 3600, address="198.51.100.1")
    assert wait_s(session, now + timedelta(hours=1)) == 0


def test_a_name_guessed_from_many_addresses_waits_a_minute_at_most(session, now):
    for number in range(ACCOUNT.n_free):
        count(session, now, address=f"198.51.100.{number}")
    assert wait_s(session, now) == 1
    n_guesses = guess(session, now, 3600, address="203.0.113.1") + guess(
        session, now, 3600, address="203.0.113.2"
    )
    assert n_guesses <= 2 * 24
    assert wait_s(session, now + timedelta(hours=1)) <= ACCOUNT.longest_wait_s == 60
    assert wait_s(session, now, "bob") == 0


def known(*users):
    """Return what a device sends where these users have logged in."""
    return dict(throttling.known_device(user, word=f"word of {user.name}") for user in users)


def test_a_known_device_never_waits_for_the_failures_of_others(session, now, alice):
    devices = known(alice)
    count(session, now, n=ACCOUNT_HERE.n_free)  # from the same address
    for number in range(ACCOUNT.n_free):
        wait_s(session, now, address=f"198.51.100.{number}")
    assert wait_s(session, now) > 0
    assert wait_s(session, now, devices=devices) == 0
    assert wait_s(session, now, "alice@example.org", devices=devices) == 0


def test_a_known_device_has_a_count_of_its_own(session, now, alice):
    devices = known(alice)
    count(session, now, n=DEVICE.n_free, devices=devices)
    assert wait_s(session, now, devices=devices) == 1
    assert wait_s(session, now) == 0
    assert wait_s(session, now, "bob", devices=devices) == 0  # known for alice only


def test_a_device_is_unknown_as_soon_as_the_password_is_another(session, now, alice, bob):
    devices = known(alice, bob)
    accounts.set_password(session, user=alice, password="five words nobody has guessed", now=now)
    for user in (alice, bob):
        count(session, now, user.name, n=ACCOUNT_HERE.n_free)
    assert wait_s(session, now, devices=devices) == wait_s(session, now, alice.email, devices=devices) == 1
    assert wait_s(session, now, "bob", devices=devices) == 0
    assert wait_s(session, now, devices=known(alice)) == 0


def test_logging_out_leaves_a_device_known(session, now, alice):
    devices = known(alice)
    accounts.end_sessions(session, user=alice, now=now)
    count(session, now, n=ACCOUNT_HERE.n_free)
    assert wait_s(session, now, devices=devices) == 0


def test_five_hundred_failures_behind_one_address_shut_nobody_out(session, now):
    for number in range(500):
        count(session, now, f"name{number}")
    assert wait_s(session, now) == 0


def test_one_account_counts_once_for_its_address(session, now, monkeypatch):
    monkeypatch.setattr(throttling, "ADDRESS", replace(ADDRESS, n_free=3))
    count(session, now, n=5)
    count(session, now, "bob", n=5)
    assert wait_s(session, now, "charlie") == wait_s(session, now, "bob", address="192.0.2.2") == 0
    assert wait_s(session, now, "olga") == 1


def test_an_address_that_tries_many_accounts_waits_half_a_minute_at_most(session, now, monkeypatch):
    monkeypatch.setattr(throttling, "ADDRESS", replace(ADDRESS, n_free=10))
    n_guesses = sum(wait_s(session, now + number * ONE_SECOND, f"name{number}") == 0 for number in range(120))
    assert n_guesses < 20
    assert wait_s(session, now + timedelta(seconds=120)) <= ADDRESS.longest_wait_s == 30
    assert wait_s(session, now, address="192.0.2.2") == 0


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_addresses_of_one_machine_are_one(session, now, one, other, is_same):
    count(session, now, address=one, n=ACCOUNT_HERE.n_free)
    assert (wait_s(session, now, address=other) > 0) == is_same


def test_a_clock_that_is_behind_lengthens_no_wait(session, now):
    count(session, now, n=2)
    assert wait_s(session, now - timedelta(minutes=5)) == 0
    count(session, now, n=ACCOUNT_HERE.n_free - 3)
    assert wait_s(session, now - timedelta(minutes=5)) == 1


def test_guesses_sent_at_the_same_time_see_each_other(at_once, now):
    outcomes = at_once(lambda session, number: count(session, now), 12)
    assert outcomes.count(None) == ACCOUNT_HERE.n_free
    assert sum(isinstance(outcome, TooManyRequests) for outcome in outcomes) == 7


@pytest.mark.parametrize("is_known", [False, True])
def test_success_takes_back_its_own_count_and_the_guesses_before(session, now, alice, is_known):
    devices = known(alice) if is_known else {}
    for number in range(ACCOUNT.n_free + 1):
        at = now + number * ONE_SECOND
        count(session, at, devices=devices)
        throttling.forgive(session, login="alice@example.org", address="192.0.2.1", now=at, devices=devices)
    assert session.query(throttling.LoginFailure).count() == 0


def test_success_leaves_what_others_guessed(session, now):
    for number in range(ACCOUNT.n_free):
        count(session, now, address=f"198.51.100.{number}")
    throttling.forgive(session, login="alice", address="192.0.2.1", now=now + ONE_SECOND)
    assert wait_s(session, now) > 0


def test_a_course_signs_up_at_once_and_then_waits_a_minute_at_most(session, now):
    for _ in range(SIGN_UP.n_free):
        throttling.count_sign_up(session, address="192.0.2.1", now=now)
    with pytest.raises(
        TooManyRequests, match=r"Too many sign-ups from your network\. Wait 1 second"
    ) as refused:
        throttling.count_sign_up(session, address="192.0.2.1", now=now)
    assert refused.value.retry_after_s == 1
    throttling.count_sign_up(session, address="192.0.2.1", now=now + ONE_SECOND)
    throttling.count_sign_up(session, address="192.0.2.2", now=now)
    assert SIGN_UP.longest_wait_s == 60


def test_failures_count_for_an_hour_and_are_kept_for_a_day(session, now):
    count(session, now, n=ACCOUNT_HERE.n_free)
    count(session, now + throttling.WINDOW, n=ACCOUNT_HERE.n_free)
    count(session, now + throttling.KEPT_FOR + throttling.WINDOW + ONE_SECOND, "bob")
    assert session.query(throttling.LoginFailure).count() == 3
