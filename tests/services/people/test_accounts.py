"""Accounts: sign up, log in, approve."""

import pytest
from argon2 import PasswordHasher

from databoard.errors import Conflict, LoginRefused, RuleError
from databoard.models import Team, User
from databoard.services.people import accounts
from databoard.states import AccessLevel

PASSWORD = "four ordinary words"


def log_in(session, now, login="alice", password=PASSWORD, address="192.0.2.1"):
    return accounts.authenticate(session, login=login, password=password, address=address, now=now)


def sign_up(session, now, name="nina", email="nina@example.org", password=PASSWORD):
    return accounts.sign_up(session, name=name, email=email, password=password, now=now)


def test_signing_up_makes_a_waiting_user_and_a_team_of_the_same_name(session, now):
    user = sign_up(session, now)
    assert user.access_level is AccessLevel.asked
    assert [m.user for m in session.query(Team).filter_by(name="nina").one().members] == [user]


@pytest.mark.parametrize("name", ["", "x", "1st", "a b", "a/b", "<b>", "a" * 21, "ö" * 4])
def test_a_name_that_is_no_name_is_refused(session, now, name):
    with pytest.raises(RuleError, match="Expected a user name"):
        sign_up(session, now, name=name)


@pytest.mark.parametrize(
    ("name", "email"),
    [("Alice", "new@example.org"), ("nina", "ALICE@example.org"), ("owls", "new@example.org")],
)
def test_a_taken_name_address_or_team_is_refused_in_any_case(session, now, name, email):
    with pytest.raises(Conflict):
        sign_up(session, now, name=name, email=email)


def test_what_people_say_of_themselves_is_kept_without_what_nobody_sees(session, now):
    said = {
        "firstname": "Ni\u202ena",
        "lastname": "\u200bÅström",
        "bio": "hello\U000e0041\nworld",
        "is_want_news": True,
    }
    facts = {"name": "nina", "email": "nina@example.org", "password": PASSWORD}
    user = accounts.sign_up(session, **facts, **said, now=now)
    assert (user.firstname, user.lastname, user.bio) == (
        "Nina",
        "Åström",
        "hello\nworld",
    ) and user.is_want_news


def test_a_short_password_is_refused(session, now):
    with pytest.raises(RuleError, match="at least 10 characters, got 5"):
        sign_up(session, now, password="short")


def test_the_password_is_not_stored(session, alice):
    assert PASSWORD not in alice.password_hash
    assert alice.password_hash.startswith("$argon2id$")


def test_the_server_hashes_with_the_work_that_the_library_advises(quick_passwords):
    advised = PasswordHasher()
    assert (quick_passwords.time_cost, quick_passwords.memory_cost) == (
        advised.time_cost,
        advised.memory_cost,
    )
    assert advised.memory_cost >= 65_536


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.org"])
def test_name_or_address_and_password_log_in(session, now, login):
    assert log_in(session, now, login).name == "alice"


def test_wrong_name_and_wrong_password_sound_the_same(session, now):
    with pytest.raises(LoginRefused) as wrong_password:
        log_in(session, now, password="wrong password")
    with pytest.raises(LoginRefused) as wrong_name:
        log_in(session, now, login="nobody")
    assert str(wrong_password.value) == str(wrong_name.value)


@pytest.mark.parametrize(
    "email", ["", "root", "@", "a@", "@b", "a b@example.org", "a@b@c", "a\0@example.org"]
)
def test_an_address_that_is_none_is_refused(session, now, email):
    with pytest.raises(RuleError, match="Expected an e-mail address"):
        sign_up(session, now, email=email)


def test_a_login_without_at_sign_is_a_name_only(session, now, alice):
    alice.email = "nina"  # as an older database may hold
    session.flush()
    with pytest.raises(LoginRefused):
        log_in(session, now, "nina")


def test_an_account_that_waits_is_told_so_after_its_password_only(session, now, wanda):
    with pytest.raises(accounts.WaitsForApproval, match="waits for approval by an organiser"):
        log_in(session, now, "wanda")
    with pytest.raises(LoginRefused):
        log_in(session, now, "wanda", password="wrong password")


def test_approving_lets_in_and_approving_again_changes_nothing(session, wanda, root, now):
    assert accounts.approve_users(session, user_ids=[wanda.id], by=root, now=now) == 1
    assert wanda.access_level is AccessLevel.user
    assert accounts.approve_users(session, user_ids=[wanda.id], by=root, now=now) == 0


def test_refusing_deletes_a_waiting_account_and_never_another(session, wanda, alice, root, now):
    ids = [wanda.id, alice.id]
    assert accounts.refuse_users(session, user_ids=ids, by=root, now=now) == 1
    assert session.get(User, ids[0]) is None
    assert session.get(User, ids[1]).name == "alice"
    assert session.query(Team).filter_by(name="wanda").count() == 0


def test_a_new_password_ends_open_sessions(session, alice, now):
    before = alice.session_key
    accounts.set_password(session, user=alice, password="another four words", now=now)
    assert alice.session_key != before
    assert log_in(session, now, password="another four words") is alice


COMPOSED, DECOMPOSED = "Zoë and ﬁve words", "Zoe\u0308 and five words"


def test_a_password_is_hashed_in_one_spelling(session, alice, now):
    for typed in (COMPOSED, DECOMPOSED):
        accounts.set_password(session, user=alice, password=typed, now=now)
        for spelling in (COMPOSED, DECOMPOSED, "Zoë and five words"):
            assert log_in(session, now, password=spelling) is alice
    with pytest.raises(LoginRefused):
        log_in(session, now, password="Zoe and five words")


def test_a_hash_of_what_was_typed_still_fits_and_is_made_again(session, alice, now):
    alice.password_hash = accounts._hasher().hash(DECOMPOSED)  # as before passwords were normalised
    with pytest.raises(LoginRefused):
        log_in(session, now, password=COMPOSED)
    assert log_in(session, now, password=DECOMPOSED) is alice
    assert log_in(session, now, password=COMPOSED) is alice


def test_the_length_of_a_password_is_that_of_its_hashed_spelling(session, now):
    with pytest.raises(RuleError, match="at least 10 characters, got 5"):
        sign_up(session, now, password="e\u0308" * 5)


def test_a_password_of_other_bytes_is_refused(session, now):
    with pytest.raises(RuleError, match="Expected a password in UTF-8"):
        sign_up(session, now, password="four ordinary w\udcf6rds")
