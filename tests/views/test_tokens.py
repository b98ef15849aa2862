"""Tokens of scripts: what they open, to whom, and when they end."""

import pytest
from sqlalchemy import select

from databoard.errors import NotFound, RuleError
from databoard.models import AuditEntry, Token, User
from databoard.services.base import maintenance
from databoard.services.people import tokens
from databoard.states import AccessLevel
from tests import busy_site


@pytest.fixture
def root(session):
    return session.scalars(select(User).where(User.name == "root")).one()


@pytest.fixture
def word(session, root, now):
    _, word = tokens.add(session, user=root, name="nightly", days=90, actor=None, now=now)
    session.commit()
    return word


@pytest.fixture
def ask(app):
    """Send a request with a token, and no cookie."""

    def ask(word, url, method="GET", **options):
        headers = {"Authorization": f"Bearer {word}"}
        return app.test_client().open(url, method=method, headers=headers, buffered=True, **options)

    return ask


def test_only_the_hash_is_kept_and_the_making_is_audited(session, word, root):
    token = session.scalars(select(Token)).one()
    assert token.hash == tokens.hash_of(word) and word not in repr(vars(token))
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "add_token")).one()
    assert entry.object_name == "root" and entry.detail == {"token": token.id, "name": "nightly", "days": 90}


def test_a_token_opens_every_table_of_the_administration_as_json_and_csv(app, ask, word, session, store, now):
    addresses = busy_site.addresses(app, busy_site.fill(session, store, now))
    opened = [url for url in addresses if url.startswith("/admin") and url.endswith((".json", ".csv"))]
    assert len(opened) >= 20
    assert {url: status for url in opened if (status := ask(word, url).status_code) != 200} == {}


def test_the_same_addresses_refuse_everybody_else(app, ask, visit, session, store, now, root):
    _, theirs = tokens.add(session, user=root, name="theirs", days=9, actor=None, now=now)
    addresses = busy_site.addresses(app, busy_site.fill(session, store, now))
    root.access_level = AccessLevel.user  # who was an administrator when the token was made
    session.commit()
    stranger, alice = visit(None), visit("alice")
    for url in addresses:
        if url.startswith("/admin") and url.endswith((".json", ".csv")):
            of_stranger, of_alice, of_token = stranger.get(url), alice.get(url), ask(theirs, url)
            assert of_stranger.status_code in (401, 303), url
            assert of_stranger.status_code == 303 or of_stranger.headers["X-Error-Code"] == "Unauthenticated"
            assert of_alice.status_code in (403, 404) and of_token.status_code in (403, 404), url
            assert of_token.headers["X-Error-Code"] in ("Forbidden", "NotFound"), url


def test_a_post_needs_no_token_of_a_page(app, ask, word, home):
    answer = ask(word, "/admin/maintenance", "POST", data={"answer": "on", "message": "Soon."})
    assert answer.status_code == 303 and maintenance.state(home).message == "Soon."


def test_a_cookie_does_not_help_a_wrong_token_and_needs_its_own_check(visit, word):
    visitor = visit("root").client
    wrong = {"Authorization": "Bearer databoard_wrong"}
    assert visitor.get("/admin/jobs.json", headers=wrong).status_code == 401
    assert visitor.get("/admin/jobs.json").status_code == 200  # nobody was logged out
    basic = {"Authorization": "Basic cm9vdDpyb290"}
    assert visitor.post("/admin/maintenance", data={"answer": "on"}, headers=basic).status_code == 400


@pytest.mark.parametrize(
    "url", ["/", "/approve_users", "/administrators", "/events/iris_test/leaderboard.json"]
)
def test_it_opens_nothing_but_the_administration(ask, word, url):
    answer = ask(word, url)
    assert answer.status_code == 403 and answer.headers["X-Error-Code"] == "Forbidden"


@pytest.mark.parametrize("end", ["expired", "deleted", "banned", "asked"])
def test_a_token_that_ended_is_refused_at_once(ask, word, session, root, clock, now, end):
    assert ask(word, "/admin/jobs.json").status_code == 200
    if end == "expired":
        clock.forward(days=90)
    elif end == "deleted":
        tokens.delete(session, session.scalars(select(Token.id)).one(), actor=root, now=now)
    elif end == "banned":
        root.is_banned = True
    else:
        root.access_level = AccessLevel.asked
    session.commit()
    for method, url in (("GET", "/admin/jobs.json"), ("POST", "/admin/maintenance"), ("GET", "/metrics")):
        answer = ask(word, url, method)
        assert answer.status_code == 401 and answer.headers["X-Error-Code"] == "Unauthenticated"


def test_its_last_use_is_noted_once_an_hour(ask, word, session, clock, now):
    def used_at():
        session.rollback()
        return session.scalar(select(Token.used_at))

    assert used_at() is None
    assert ask(word, "/admin/jobs.json").status_code == 200 and used_at() == now
    clock.forward(minutes=59)
    assert ask(word, "/admin/jobs.json").status_code == 200 and used_at() == now
    clock.forward(minutes=1)
    assert ask(word, "/admin/jobs.json").status_code == 200 and used_at() == clock.now


def test_an_admin_deletes_it_on_its_page(visit, session, word, ask):
    visitor = visit("root")
    page = visitor.get("/admin/tokens").text
    assert "nightly" in page and word not in page and tokens.hash_of(word) not in page
    number = session.scalars(select(Token.id)).one()
    assert visitor.post(f"/admin/tokens/{number}/delete").status_code == 303
    assert ask(word, "/admin/jobs.json").status_code == 401
    assert visitor.post(f"/admin/tokens/{number}/delete").status_code == 404


@pytest.mark.parametrize("facts", [{"days": 0}, {"days": 366}, {"name": "x" * 81}])
def test_a_token_that_cannot_be_is_refused(session, root, now, facts):
    with pytest.raises(RuleError, match="Expected"):
        tokens.add(session, **{"user": root, "name": "", "days": 9, "actor": None, "now": now} | facts)


def test_only_an_administrator_has_one(session, alice, now):
    with pytest.raises(RuleError, match="Expected an administrator"):
        tokens.add(session, user=alice, name="", days=9, actor=None, now=now)
    with pytest.raises(NotFound, match="fab show:tokens"):
        tokens.delete(session, 1, actor=None, now=now)
