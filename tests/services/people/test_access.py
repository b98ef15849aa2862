"""Who may see and do what: one table, every kind of visitor, event and phase."""

from datetime import timedelta

import pytest

from databoard.errors import NotFound
from databoard.models import EventTeam
from databoard.queries import events
from databoard.services.events.events import event_by_name
from databoard.services.people import access, accounts
from databoard.services.teams import teams
from databoard.states import AccessLevel

#: visitor -> (reads event, enters, runs it, test scores before closing, after closing), of a public event
PUBLIC = {
    "nobody": "Y----",
    "wanda": "Y----",
    "nina": "YY--Y",
    "mona": "YY--Y",
    "alice": "YY--Y",
    "olga": "YYYYY",
    "root": "YYYYY",
}
PRIVATE = {
    "nobody": "-----",
    "wanda": "-----",
    "nina": "-----",
    "mona": "YY--Y",
    "alice": "YY--Y",
    "olga": "YYYYY",
    "root": "YYYYY",
}
#: visitor -> code of the owls: before it is open, open, closed
CODE = {
    "nobody": "---",
    "wanda": "---",
    "nina": "---",
    "mona": "---",
    "charlie": "-Y-",
    "alice": "YYY",
    "bob": "YYY",
    "olga": "YYY",
    "root": "YYY",
}


@pytest.fixture
def visitor(session, iris_event, now, wanda):
    """Find a visitor; nina takes part in nothing, mona waits to be let in."""
    for name in ("nina", "mona"):
        accounts.create_user(session, name=name, email=f"{name}@example.org", password="x" * 10, now=now)
    mona = teams.team_by_name(session, "mona")
    session.add(EventTeam(event=iris_event, team=mona, signed_up_at=now))
    session.flush()
    return lambda name: None if name == "nobody" else accounts.user_by_name(session, name)


def marks(*answers):
    return "".join("Y" if answer else "-" for answer in answers)


@pytest.mark.parametrize(
    ("is_public", "name", "expected"),
    [
        *((True, name, expected) for name, expected in PUBLIC.items()),
        *((False, name, expected) for name, expected in PRIVATE.items()),
    ],
)
def test_an_event_is_open_to(session, iris_event, now, visitor, is_public, name, expected):
    iris_event.is_public, user = is_public, visitor(name)
    session.flush()
    assert (
        marks(
            access.can_read_event(session, user, iris_event, now),
            access.can_enter(session, user, iris_event, now),
            access.is_event_admin(session, user, iris_event),
            access.can_see_private_board(
                session, user, iris_event, iris_event.closes_at - timedelta(seconds=1)
            ),
            access.can_see_private_board(session, user, iris_event, iris_event.closes_at),
        )
        == expected
    )


@pytest.mark.parametrize(("name", "expected"), CODE.items())
def test_code_is_open_to(session, iris_event, now, visitor, hand_in, owls, name, expected):
    submission, user = hand_in(owls), visitor(name)
    phases = (now, iris_event.public_opens_at, iris_event.closes_at)
    assert marks(*(access.can_see_code(session, user, submission, at) for at in phases)) == expected


def test_without_an_opening_date_code_stays_closed(session, iris_event, now, hand_in, owls, charlie):
    iris_event.public_opens_at = None
    later = now + timedelta(days=2)
    assert not access.can_see_code(session, charlie, hand_in(owls), later)


def test_running_one_event_is_not_running_another(session, iris_event, now, olga, store):
    from databoard.services.events import provisioning

    provisioning.add_event(session, name="iris", store=store, now=now)
    assert not access.is_event_admin(session, olga, event_by_name(session, "iris"))


def test_a_demoted_organiser_runs_nothing(session, iris_event, olga):
    olga.access_level = AccessLevel.asked
    assert not access.is_event_admin(session, olga, iris_event)


def test_a_deactivated_team_is_no_team(session, iris_event, owls, alice):
    owls.is_active = False
    session.flush()
    assert access.event_team_of(session, event=iris_event, user=alice) is None


def test_a_team_that_has_not_signed_up_is_told_how(session, iris_event):
    with pytest.raises(NotFound, match="fab sign_up_team:iris_test,bob"):
        access.event_team_in(session, event=iris_event, team=teams.team_by_name(session, "bob"))


@pytest.mark.parametrize(
    ("name", "is_listed"),
    [
        ("nobody", False),
        ("wanda", False),
        ("nina", False),
        ("mona", True),
        ("alice", True),
        ("olga", True),
        ("root", True),
    ],
)
def test_a_private_event_is_listed_for_its_own_people(session, iris_event, now, visitor, name, is_listed):
    iris_event.is_public = False
    session.flush()
    assert events.cards(session, user=visitor(name), now=now).total == is_listed
