"""Guessing is slowed down, for a login, from an address, and both together."""

from datetime import timedelta

import pytest

from databoard.errors import TooManyRequests
from databoard.services import throttling


def count(session, now, login="alice", address="192.0.2.1", n=1):
    for _ in range(n):
        throttling.count_login(session, login=login, address=address, now=now)


def test_the_sixth_guess_from_an_address_is_refused_for_a_quarter_of_an_hour(session, now):
    count(session, now, n=throttling.MAX_PER_LOGIN_AND_ADDRESS)
    with pytest.raises(TooManyRequests, match="Wait 15 minutes"):
        count(session, now)
    count(session, now + throttling.LOGIN_WINDOW)


@pytest.mark.parametrize("login", ["ALICE", " alice", "Alice "])
def test_another_spelling_is_the_same_login(session, now, login):
    count(session, now, n=throttling.MAX_PER_LOGIN_AND_ADDRESS)
    with pytest.raises(TooManyRequests):
        count(session, now, login)


def test_a_stranger_does_not_lock_a_name_for_its_owner(session, now):
    count(session, now, address="198.51.100.1", n=throttling.MAX_PER_LOGIN_AND_ADDRESS)
    count(session, now)


def test_a_login_guessed_from_many_addresses_is_refused(session, now):
    for number in range(throttling.MAX_PER_LOGIN):
        count(session, now, address=f"198.51.100.{number}")
    with pytest.raises(TooManyRequests):
        count(session, now)
    count(session, now, "bob")


def test_an_address_that_guesses_many_logins_is_refused(session, now):
    for number in range(throttling.MAX_PER_ADDRESS):
        count(session, now, f"name{number}")
    with pytest.raises(TooManyRequests):
        count(session, now)
    count(session, now, address="192.0.2.2")


def test_guesses_sent_at_the_same_time_see_each_other(at_once, now):
    outcomes = at_once(lambda session, number: count(session, now), 12)
    assert outcomes.count(None) == throttling.MAX_PER_LOGIN_AND_ADDRESS
    assert sum(isinstance(outcome, TooManyRequests) for outcome in outcomes) == 7


def test_success_takes_back_its_own_count_and_the_guesses_before(session, now):
    second = timedelta(seconds=1)
    for number in range(throttling.MAX_PER_LOGIN + 1):
        count(session, now + number * second)
        throttling.forgive(session, login="alice", address="192.0.2.1", now=now + number * second)


def test_success_leaves_what_others_guessed(session, now):
    for number in range(throttling.MAX_PER_LOGIN):
        count(session, now, address=f"198.51.100.{number}")
    throttling.forgive(session, login="alice", address="192.0.2.1", now=now + timedelta(seconds=1))
    with pytest.raises(TooManyRequests):
        count(session, now)


def test_an_address_asks_for_few_accounts_an_hour(session, now):
    for _ in range(throttling.MAX_SIGN_UPS_PER_ADDRESS):
        throttling.count_sign_up(session, address="192.0.2.1", now=now)
    with pytest.raises(TooManyRequests, match="Wait an hour"):
        throttling.count_sign_up(session, address="192.0.2.1", now=now)
    throttling.count_sign_up(session, address="192.0.2.1", now=now + throttling.SIGN_UP_WINDOW)


def test_counts_are_forgotten_after_a_day(session, now):
    count(session, now)
    count(session, now + throttling.KEPT_FOR + timedelta(seconds=1), "bob")
    assert session.query(throttling.LoginFailure).count() == 3
