"""Nothing that somebody saved is overwritten unseen: by no save, upload or submit."""

from io import BytesIO

import pytest

from databoard.models import SandboxFile, SandboxVersion
from databoard.queries import sandbox as sandbox_queries
from databoard.services.events import catalogue
from databoard.services.people import accounts
from databoard.services.teams import sandbox
from databoard.services.teams.sandbox_conflicts import Choice, NewerVersions, Seen


@pytest.fixture
def shown(session, owls, store):
    """What a page made now shows: the version of each file."""

    def shown():
        return {
            file.element: file.sha256 for file in sandbox_queries.files(session, event_team=owls, store=store)
        }

    return shown


@pytest.fixture
def save(session, owls, store, now):
    """Save as a member of the owls; ``seen`` is what the page showed."""

    def save(user, text, seen=None, **texts):
        texts = {"classifier": text, **texts}
        return sandbox.save(session, event_team=owls, texts=texts, user=user, store=store, now=now, seen=seen)

    return save


@pytest.fixture
def text(session, owls, store):
    return lambda: sandbox_queries.files(session, event_team=owls, store=store)[0].text


@pytest.fixture
def old_page(shown, save, bob):
    """A page that was open when bob saved; its version, and that of bob."""
    before = shown()
    save(bob, "rate = 2\n", Seen(before))
    return before, shown()["classifier"]


@pytest.fixture
def with_second_file(session, iris_event):
    """Let submissions of iris have a second file of code."""
    workflow = iris_event.problem.workflow
    catalogue.add_workflow(session, name=workflow.name, element_type_names=["classifier", "regressor"])
    session.expire_all()


def test_a_save_over_a_newer_version_is_refused_and_says_who_and_when(save, text, old_page, alice, now):
    with pytest.raises(
        NewerVersions, match=rf"bob saved classifier.py at {now:%Y-%m-%d %H:%M} UTC"
    ) as caught:
        save(alice, "rate = 1", Seen(old_page[0]))
    (newer,) = caught.value.found
    assert (newer.element, newer.saved_by, newer.saved_at) == ("classifier", "bob", now)
    assert (newer.theirs, newer.mine) == ("rate = 2\n", "rate = 1\n")
    assert (text(), caught.value.status) == ("rate = 2\n", 409)


def test_ones_own_other_window_is_somebody_else(save, shown, alice):
    before = Seen(shown())
    save(alice, "rate = 1", before)
    with pytest.raises(NewerVersions, match="alice saved"):
        save(alice, "rate = 2", before)


def test_saves_one_after_the_other_on_one_page_go_through(save, shown, alice):
    for number in range(3):
        assert save(alice, f"rate = {number}", Seen(shown())) == 1


def test_the_same_text_as_the_newer_one_is_no_conflict(save, old_page, alice):
    assert save(alice, "rate = 2\r\n", Seen(old_page[0])) == 0


def test_what_was_not_edited_never_replaces_a_newer_version(
    session, save, text, store, owls, old_page, alice
):
    starting_kit = store.read(old_page[0]["classifier"]).decode()
    seen = Seen(old_page[0])
    assert save(alice, starting_kit, seen) == 0 and text() == "rate = 2\n"
    options = {"event_team": owls, "texts": {"classifier": starting_kit}, "seen": seen, "store": store}
    assert [newer.saved_by for newer in sandbox.newer_versions(session, **options)] == ["bob"]
    with pytest.raises(NewerVersions):
        sandbox.require_seen(session, **options)


def test_a_request_without_a_version_replaces_only_what_nobody_edited(save, alice, bob):
    assert save(alice, "rate = 1", Seen()) == 1
    with pytest.raises(NewerVersions, match="alice saved"):
        save(bob, "rate = 2", Seen())


def test_one_newer_file_saves_none(save, shown, text, old_page, alice, with_second_file):
    with pytest.raises(NewerVersions):
        save(alice, "rate = 1", Seen({**old_page[0], "regressor": ""}), regressor="x = 1")
    assert shown()["regressor"] == ""


# Choices


def test_who_keeps_their_own_replaces_knowingly_and_the_other_stays_a_version(
    session, save, text, store, old_page, alice
):
    before, theirs = old_page
    assert save(alice, "rate = 1", Seen(before, {"classifier": Choice(True, theirs)})) == 1
    assert text() == "rate = 1\n"
    assert [store.read(sha) for (sha,) in session.query(SandboxVersion.sha256).filter_by(sha256=theirs)]


def test_who_takes_the_other_finds_their_own_among_the_versions(session, save, text, store, old_page, alice):
    before, theirs = old_page
    assert save(alice, "rate = 1", Seen(before, {"classifier": Choice(False, theirs)})) == 0
    assert text() == "rate = 2\n"
    (aside,) = session.query(SandboxVersion).filter_by(is_set_aside=True)
    assert (store.read(aside.sha256), aside.saved_by_id) == (b"rate = 1\n", alice.id)


@pytest.mark.parametrize("is_mine", [True, False])
def test_a_choice_says_nothing_about_a_still_newer_version(save, text, shown, old_page, alice, bob, is_mine):
    before, theirs = old_page
    save(bob, "rate = 3", Seen(shown()))
    with pytest.raises(NewerVersions):
        save(alice, "rate = 1", Seen(before, {"classifier": Choice(is_mine, theirs)}))
    assert text() == "rate = 3\n"


def test_who_did_not_edit_may_still_go_back_to_what_the_page_shows(save, text, store, old_page, alice):
    before, theirs = old_page
    starting_kit = store.read(before["classifier"]).decode()
    assert save(alice, starting_kit, Seen(before, {"classifier": Choice(True, theirs)})) == 1
    assert text() == starting_kit


# Uploads


@pytest.fixture
def upload(session, owls, store, now):
    def upload(user, content, seen, filename="classifier.py", **options):
        sandbox.upload(
            session,
            event_team=owls,
            filename=filename,
            stream=BytesIO(content),
            user=user,
            store=store,
            now=now,
            seen=seen,
            **options,
        )

    return upload


def test_an_upload_over_a_newer_version_is_refused_and_comes_back(upload, text, old_page, alice):
    with pytest.raises(NewerVersions) as caught:
        upload(alice, b"rate = 1\r\n", Seen(old_page[0]))
    assert [newer.mine for newer in caught.value.found] == ["rate = 1\n"]
    assert text() == "rate = 2\n"
    upload(alice, b"rate = 1\r\n", Seen(old_page[0], {"classifier": Choice(True, old_page[1])}))
    assert text() == "rate = 1\n"


def test_an_upload_over_what_the_same_form_saved_goes_through(upload, save, text, shown, alice):
    before = Seen(shown())
    save(alice, "rate = 1", before)
    upload(alice, b"rate = 2\n", before, texts={"classifier": "rate = 1"})
    assert text() == "rate = 2\n"


def test_data_are_protected_too(session, upload, shown, iris_event, alice, bob):
    catalogue.add_workflow(
        session, name=iris_event.problem.workflow.name, element_type_names=["classifier", "external_data"]
    )
    session.expire_all()
    before = Seen(shown())
    upload(bob, b"1,2\n", before, filename="external_data.csv")
    with pytest.raises(NewerVersions, match=r"bob saved external_data\.csv") as caught:
        upload(alice, b"3,4\n", before, filename="external_data.csv")
    assert (caught.value.found[0].theirs, caught.value.found[0].mine) == (None, None)


# At once


def test_of_saves_at_once_from_one_page_one_wins_and_the_others_are_told(
    sessions, shown, store, now, at_once, team_in
):
    seen = Seen(shown())

    def save(session, number):
        user = accounts.user_by_name(session, ("alice", "bob")[number % 2])
        return sandbox.save(
            session,
            event_team=team_in(session, "owls"),
            texts={"classifier": f"rate = {number}"},
            user=user,
            store=store,
            now=now,
            seen=seen,
        )

    outcomes = at_once(save, 6)
    assert outcomes.count(1) == 1
    assert [type(outcome) for outcome in outcomes].count(NewerVersions) == 5
    with sessions() as session:
        assert session.query(SandboxVersion).filter(SandboxVersion.saved_by_id.is_not(None)).count() == 1


def test_of_first_saves_at_once_one_makes_the_file(session, sessions, store, now, at_once, team_in):
    session.query(SandboxFile).delete()
    session.commit()

    def save(own, number):
        options = {"user": accounts.user_by_name(own, "alice"), "store": store, "now": now}
        texts = {"classifier": f"rate = {number}"}
        return sandbox.save(
            own, event_team=team_in(own, "owls"), texts=texts, seen=Seen({"classifier": ""}), **options
        )

    outcomes = at_once(save, 4)
    assert outcomes.count(1) == 1
    assert [type(outcome) for outcome in outcomes].count(NewerVersions) == 3
