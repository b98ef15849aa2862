"""The pages that change an event and an account: who may, what is kept, what is written down."""

import pytest
from sqlalchemy import select

from databoard.models import AuditEntry, Event, Job
from databoard.states import JobState

EVENT, ALICE = "/admin/events/iris_test", "/admin/users/alice"


@pytest.mark.parametrize(
    ("name", "event", "user"), [(None, 303, 303), ("alice", 403, 403), ("olga", 200, 403), ("root", 200, 200)]
)
def test_organisers_see_their_event_and_administrators_every_account(visit, name, event, user):
    visitor = visit(name)
    assert [visitor.get(url).status_code for url in (EVENT, ALICE)] == [event, user]


def test_only_what_a_person_changed_is_written_and_audited(visit, session):
    root = visit("root")
    sent = {
        "is_featured": "True",
        "was:is_featured": "False",
        "max_n_ensemble": "3",
        "was:max_n_ensemble": "3",
    }
    assert root.post(EVENT, sent).status_code == 303
    assert "Changed is_featured: False -&gt; True." in root.get(EVENT).text
    found = session.scalar(select(Event).where(Event.name == "iris_test"))
    assert found.is_featured and found.max_n_ensemble != 3
    entry = session.scalar(select(AuditEntry).where(AuditEntry.action == "set_event"))
    assert (entry.detail["before"], entry.actor.name) == ({"is_featured": "False"}, "root")


def test_an_organiser_freezes_their_event_but_does_not_feature_it(visit, session):
    olga = visit("olga")
    assert "is_featured" not in olga.get(EVENT).text
    assert olga.post(EVENT, {"is_featured": "True"}).status_code == 403
    assert olga.post(EVENT, {"is_frozen": "True"}).status_code == 303
    assert session.scalar(select(Event.is_frozen).where(Event.name == "iris_test"))


@pytest.mark.parametrize(
    ("url", "sent", "said"),
    [
        (EVENT, {"closes_at": "2020-01-01T00:00"}, "Expected closes_at to be after opens_at"),
        (EVENT, {"max_n_ensemble": "-1"}, "Expected max_n_ensemble to be a whole number from 1"),
        (EVENT, {"name": "other"}, "cannot be changed here"),
        (ALICE, {"email": "bob@example.org"}, "Another account has the e-mail address"),
        (ALICE, {"access_level": "king"}, "Expected access_level to be one of asked, user, admin"),
        (ALICE, {"password": "short"}, "Expected a password of at least 10 characters"),
        ("/admin/users/root", {"is_banned": "True"}, "root is the last administrator"),
        ("/admin/users/root", {"access_level": "user"}, "root is the last administrator"),
    ],
)
def test_what_cannot_be_is_refused_with_the_page_and_what_was_typed(visit, session, url, sent, said):
    answer = visit("root").post(url, sent)
    assert answer.status_code in (400, 409) and said in answer.text and "<form" in answer.text
    assert session.scalar(select(AuditEntry).where(AuditEntry.action.in_(["set_event", "set_user"]))) is None
    (text,) = sent.values()
    assert text in answer.text or "password" in sent or "name" in sent


def test_a_banned_account_is_out_at_the_next_click_and_what_waits_is_cancelled(visit, session, submitted):
    alice, root = visit("alice"), visit("root")
    assert "Cancelled submissions: 1" in root.post(ALICE, {"is_banned": "True"}, follow_redirects=True).text
    answer = alice.get("/events/iris_test/sandbox")
    assert answer.status_code == 403 and "This account is banned" in answer.text
    assert "Log in" in alice.get("/").text  # the session is over
    again = visit().post("/login", {"login": "alice", "password": "four ordinary words"})
    assert again.status_code == 403 and "This account is banned" in again.text
    session.expire_all()
    assert session.scalar(select(Job.state)) is JobState.cancelled
    assert root.post(ALICE, {"is_banned": "False"}).status_code == 303
    visit("alice")


def test_a_password_is_never_shown_or_audited(visit, session):
    sent = {"password": "five rather ordinary words", "was:password": ""}
    page = visit("root").post(ALICE, sent, follow_redirects=True).text
    assert "Changed password: *** -&gt; ***" in page and "rather" not in page
    entry = session.scalar(select(AuditEntry).where(AuditEntry.action == "set_user"))
    assert "rather" not in str(entry.detail)


def test_a_frozen_event_refuses_a_submission_on_page_and_json(visit, session, iris_event):
    iris_event.is_frozen = True
    session.commit()
    alice = visit("alice")
    assert "frozen" in alice.get("/events/iris_test").text
    submit = "/events/iris_test/sandbox/submit"
    answer = alice.post(submit, {"name": "late"})
    assert answer.status_code == 403 and "Iris is frozen" in answer.text and "<form" in answer.text
    answer = alice.post(submit, {"name": "late"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["error"]) == (403, "Forbidden")
    assert alice.get("/events/iris_test/leaderboard").status_code == 200
