"""Who may see and do what: one table, every kind of visitor, event and phase."""

from datetime import timedelta

import pytest

from databoard.errors import NotFound
from databoard.models import EventTeam
from databoard.queries import events
from databoard.services.people import access, accounts, viewers
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
    viewer = access.event_access(session, event=iris_event, user=user)
    rights = (
        viewer.can_read_event,
        viewer.can_enter,
        viewer.is_event_admin,
        viewer.can_see_private_board(iris_event.closes_at - timedelta(seconds=1)),
        viewer.can_see_private_board(iris_event.closes_at),
    )
    assert marks(*rights) == expected


@pytest.mark.parametrize(("name", "expected"), CODE.items())
def test_code_is_open_to(session, iris_event, now, visitor, hand_in, owls, name, expected):
    submission, user = hand_in(owls), visitor(name)
    phases = (now, iris_event.public_opens_at, iris_event.closes_at)
    found, viewer = access.submission_access(session, slug=submission.slug, user=user)
    assert found is submission and viewer.event is iris_event
    assert marks(*(viewer.can_see_code(submission, at) for at in phases)) == expected


def test_without_an_opening_date_code_stays_closed(session, iris_event, now, hand_in, owls, charlie):
    iris_event.public_opens_at = None
    later = now + timedelta(days=2)
    submission, viewer = access.submission_access(session, slug=hand_in(owls).slug, user=charlie)
    assert not viewer.can_see_code(submission, later)


def test_running_one_event_is_not_running_another(session, iris_event, now, olga, store):
    from databoard.services.events import provisioning

    provisioning.add_event(session, name="iris", store=store, now=now)
    assert access.event_access_by_name(session, name="iris_test", user=olga).is_event_admin
    assert not access.event_access_by_name(session, name="iris", user=olga).is_event_admin


def test_a_demoted_organiser_runs_nothing(session, iris_event, olga):
    olga.access_level = AccessLevel.asked
    assert not access.event_access(session, event=iris_event, user=olga).is_event_admin


def test_a_deactivated_team_is_no_team(session, iris_event, owls, alice):
    owls.is_active = False
    session.flush()
    assert access.event_access(session, event=iris_event, user=alice).event_team is None


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


def test_what_the_rules_need_is_read_in_one_statement(
    session, iris_event, now, alice, hand_in, owls, n_queries
):
    slug = hand_in(owls).slug

    def ask():
        submission, viewer = access.submission_access(session, slug=slug, user=alice)
        assert viewer.can_see_code(submission, now) and viewer.can_cancel(submission)
        assert viewer.can_see_printed(submission) and viewer.is_participant
        viewer = access.event_access_by_name(session, name="iris_test", user=alice)
        assert viewer.can_enter and not viewer.can_see_private_board(now)

    assert n_queries(ask) == 3  # the third: alice herself


@pytest.mark.parametrize("is_public", [True, False])
@pytest.mark.parametrize("name", sorted({*PUBLIC, *CODE} - {"nobody"}))
def test_a_board_lets_see_what_the_rows_do(session, iris_event, owls, visitor, name, is_public):
    iris_event.is_public, user = is_public, visitor(name)
    session.flush()
    seen = viewers.read_at_event(session, user_id=user.id, event_name=iris_event.name)
    viewer, rows = seen.board_view, access.event_access(session, event=iris_event, user=user)
    assert (seen.viewer.id, seen.viewer.fullname) == (user.id, user.fullname)
    assert seen.is_organiser == accounts.user_with_role(session, user.id)[1]
    for at in (iris_event.opens_at, iris_event.public_opens_at, iris_event.closes_at):
        for rule in ("can_see_private_board", "can_see_all_code"):
            assert getattr(viewer, rule)(at) == getattr(rows, rule)(at), (rule, at)
    for rule in ("can_read_event", "can_enter", "is_event_admin", "is_participant", "own_event_team_id"):
        assert getattr(viewer, rule) == getattr(rows, rule), rule


def test_who_is_not_there_or_asks_for_no_event_has_no_board(session, alice):
    assert viewers.read_at_event(session, user_id=10**6, event_name="iris_test") is None
    assert viewers.read_at_event(session, user_id=alice.id, event_name="nothing").board_view is None
