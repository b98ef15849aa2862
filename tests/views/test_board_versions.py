"""Boards that a browser or a web process keeps: never stale, and never what the viewer may not see."""

import itertools
import re
from datetime import timedelta

import pytest
from sqlalchemy import event as sa_event

from databoard.app import db
from databoard.models import Submission
from databoard.services.boards import rows as boards
from databoard.views.board_pages import KeptPages

URL = "/events/iris_test/leaderboard"
PRIVATE = "/events/iris_test/private_leaderboard"
CAST = ("alice", "charlie", "olga", "root")


@pytest.fixture
def is_kept(app):
    """As in production: under development templates change without a new version."""
    app.jinja_env.auto_reload = False


@pytest.fixture
def fetch(is_kept, visit):
    visitors = {}

    def fetch(name, url=URL, tag=None):
        if name not in visitors:
            visitors[name] = visit(name)
        return visitors[name].get(url, headers={"If-None-Match": tag} if tag else {})

    return fetch


@pytest.mark.parametrize("url", [URL, PRIVATE, f"{URL}?sort=team&order=reversed&q=owl"])
def test_who_has_the_page_gets_304_until_the_board_changes(fetch, session, scored, url):
    fetch("olga", url)  # the first page of a session sets its token
    first = fetch("olga", url)
    again = fetch("olga", url, first.headers["ETag"])
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    boards.refresh(session, scored.event_team.event_id, [scored.id])
    session.commit()
    assert fetch("olga", url, first.headers["ETag"]).status_code == 200


def test_304_costs_at_most_three_statements_and_a_kept_page_no_more(app, fetch, scored):
    fetch("alice")
    tag = fetch("alice").headers["ETag"]
    counts = []
    for headers in (tag, None):
        statements = []
        with app.app_context():
            engine = db.engine
        count = lambda *args, found=statements: found.append(args[2])  # noqa: E731
        sa_event.listen(engine, "before_cursor_execute", count)
        fetch("alice", tag=headers)
        sa_event.remove(engine, "before_cursor_execute", count)
        counts.append(len([each for each in statements if not each.startswith(("BEGIN", "PRAGMA"))]))
    assert counts[0] <= 3 and counts[1] <= 6, counts


def test_each_viewer_phase_and_address_has_a_version_of_its_own(fetch, clock, iris_event, scored, session):
    tags = []
    for name in CAST:
        fetch(name)
        for days in (0, 2):
            clock.now += timedelta(days=days)
            tags += [fetch(name, url).headers["ETag"] for url in (URL, f"{URL}?sort=team")]
            clock.now -= timedelta(days=days)
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("change", ["title", "is_blending_due", "fullname"])
def test_what_else_the_page_shows_changes_its_version(fetch, session, iris_event, alice, scored, change):
    fetch("alice")
    tag = fetch("alice").headers["ETag"]
    if change == "title":
        iris_event.title = "Another title"
    elif change == "fullname":
        alice.lastname = "Another"
    else:
        iris_event.n_ensemble_changes = iris_event.n_ensemble_recorded + (not iris_event.is_blending_due)
    session.commit()
    assert fetch("alice", tag=tag).status_code == 200


def test_a_waiting_message_is_shown_and_makes_no_version(fetch, visit, scored):
    alice = visit("alice")
    alice.get(URL)
    tag = alice.get(URL).headers["ETag"]
    with alice.client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", "Read me.")]
    shown = alice.get(URL, headers={"If-None-Match": tag})
    assert shown.status_code == 200 and "Read me." in shown.text and "ETag" not in shown.headers


def test_a_new_event_of_the_same_number_is_another_board(fetch, session, iris_event, scored):
    fetch("alice")
    tag = fetch("alice").headers["ETag"]
    iris_event.created_at += timedelta(seconds=1)
    session.delete(session.get(Submission, scored.id))
    session.commit()
    assert "forest" not in fetch("alice", tag=tag).text


@pytest.mark.parametrize("days", [0, 2, 8], ids=["closed code", "open code", "event over"])
def test_nobody_sees_through_a_page_that_another_role_left(app, fetch, clock, scored, days):
    clock.now += timedelta(days=days)
    for order in itertools.permutations(CAST, 2):
        app.extensions["databoard"]["boards"] = KeptPages()
        for name in order:
            body = re.search(r"<tbody>.*</tbody>", fetch(name).text, re.DOTALL).group()
            may_read = name in {"alice", "olga", "root"} or days == 2
            assert (scored.slug in body) == may_read, (name, order)
            assert ("table-active" in body) == (name == "alice"), (name, order)
            expected = 200 if name in {"olga", "root"} or days == 8 else 403
            assert fetch(name, PRIVATE).status_code == expected


def test_my_best_row_leads_to_the_page_and_the_row(visit, scored):
    answer = visit("alice").get(f"{URL}?own=1&sort=team")
    place = answer.headers["Location"]
    assert answer.status_code == 302 and place.endswith(f"#row-{scored.id}") and "sort=team" in place
    assert f'id="row-{scored.id}"' in visit("alice").get(place.partition("#")[0]).text
    assert visit("charlie").get(f"{URL}?own=1").headers["Location"].endswith(URL)


def test_headings_sort_and_the_search_keeps_the_order(visit, scored):
    page = visit("alice").get(f"{URL}?sort=acc&q=owl").text
    assert 'aria-sort="ascending"' in page and "sort=acc&amp;order=reversed&amp;q=owl" in page
    assert '<input type="hidden" name="sort" value="acc">' in page and 'value="owl"' in page
    assert "Nothing found" in visit("alice").get(f"{URL}?q=zzz").text


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "before=99999999999999999999", "sort=%00", "q=" + "x" * 500]
)
def test_strange_addresses_show_a_board_or_are_refused(visit, scored, query):
    assert visit("alice").get(f"{URL}?{query}").status_code in {200, 400}
