"""Laws that every route obeys, also the ones that will be added."""

import subprocess
import sys

import pytest
from flask import request
from sqlalchemy import text

from databoard.app import WriteOnGet, db
from databoard.views.headers import CONTENT_SECURITY_POLICY
from tests import busy_site

PAGES = (
    "/",
    "/login",
    "/sign_up",
    "/approve_users",
    "/patterns",
    "/healthcheck",
    "/healthcheck/ready",
    "/nowhere",
    "/problems/iris",
    "/problems/iris/notebook",
    "/events/iris_test",
    "/events/iris_test/teaching",
    "/events/iris_test/sandbox",
    "/events/iris_test/sandbox/history",
    "/events/iris_test/sandbox/history/1",
    "/events/iris_test/my_submissions",
    "/events/iris_test/quota",
    "/events/iris_test/leaderboard",
    "/events/iris_test/private_leaderboard",
    "/admin",
    "/admin/workers",
    "/admin/events/iris_test",
    "/admin/users/alice",
    "/admin/jobs",
    "/admin/jobs/1",
    "/admin/jobs/cancel?state=pending",
    "/admin/submissions/rerun?event=iris_test",
    "/admin/submissions/1",
    "/admin/workers/near:7",
    "/admin/pending-jobs.json",
    "/static/css/databoard.css",
)


def test_every_route_records_its_access_rule(app):
    bare = [name for name, view in app.view_functions.items() if not hasattr(view, "access_rule")]
    assert bare == []


def test_only_the_front_door_is_open_to_strangers(app):
    opened = {name for name, view in app.view_functions.items() if view.access_rule == "anyone"}
    assert opened == {
        "assets.file",
        "home.landing",
        "home.healthcheck",
        "home.ready",
        "home.patterns",
        "account.login",
        "account.log_in",
        "account.sign_up",
        "account.ask_for_account",
        "original.about",  # these lead to pages that have rules of their own
        "original.description",
        "original.teaching",
        "original.starting_kit",
        "original.notebook",
    }


def test_somebody_of_the_cast_gets_to_every_page(app, visit, session, store, now):
    urls = busy_site.addresses(app, busy_site.fill(session, store, now))
    visitors = [visit(name) for name in (None, "alice", "olga", "root")]
    with app.test_request_context():
        adapter = app.create_url_adapter(request)
    reached = {200, 301, 302}  # 303 leads to the login
    got = {
        adapter.match(url)[0]
        for url in urls
        for visitor in visitors
        if visitor.get(url).status_code in reached
    }
    assert got == {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}


def test_no_route_takes_both_get_and_post(app):
    assert [rule.rule for rule in app.url_map.iter_rules() if {"GET", "POST"} <= rule.methods] == []


HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@pytest.mark.parametrize("name", [None, "alice", "root"])
def test_every_answer_carries_the_security_headers(visit, name):
    visitor = visit(name)
    sent = {page: visitor.get(page).headers for page in PAGES}
    assert [page for page, headers in sent.items() if not set(HEADERS.items()) <= set(headers.items())] == []


def test_no_page_holds_inline_script_style_or_handler(visit, scored):
    root = visit("root")
    words = (" style=", "<style", "<script>", " onclick=", "http://")
    texts = {page: root.get(page).text.replace("http://www.w3.org", "") for page in PAGES}
    assert [(page, word) for page, text in texts.items() for word in words if word in text] == []


def test_no_cache_keeps_what_is_somebodys(app, visit, scored):
    names = {"event_name": "iris_test", "problem_name": "iris", "slug": scored.slug, "element": "classifier"}
    names |= {"version_id": 1, "login": "alice", "image_name": "a.png", "table_name": "jobs"}
    names |= {"job_id": 1, "submission_id": 1, "worker_name": "near:7"}
    kept, alice = {}, visit("alice")
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and app.view_functions[rule.endpoint].access_rule != "anyone":
            path = app.url_map.bind("localhost").build(rule.endpoint, {k: names[k] for k in rule.arguments})
            answer = alice.get(path)
            if answer.status_code == 200 and answer.mimetype != "text/html":
                kept[path] = answer.headers["Cache-Control"]
    assert len(kept) >= 10 and set(kept.values()) == {"private, no-store"}, kept


def test_get_writes_nothing(app, visit, scored, session):
    before = session.connection().execute(text("PRAGMA data_version")).scalar()
    visitors = [visit("alice"), visit("root")]  # logging in may write
    session.rollback()
    before = session.connection().execute(text("PRAGMA data_version")).scalar()
    for visitor in visitors:
        of_one = (f"/submissions/{scored.slug}", f"/submissions/{scored.slug}/cancel")
        for page in (*PAGES, *of_one, "/events/iris_test/starting_kit"):
            visitor.get(page)
    assert session.connection().execute(text("PRAGMA data_version")).scalar() == before


def test_a_route_that_writes_on_get_is_stopped(app):
    with app.test_request_context("/"), pytest.raises(WriteOnGet, match="A route that writes takes POST"):
        db.session.execute(db.metadata.tables["users"].update().values(bio="changed"))


def test_post_without_token_is_refused(app, visit, scored):
    alice = visit("alice")
    names = {"event_name": "iris_test", "problem_name": "iris", "slug": scored.slug, "element": "classifier"}
    urls = app.url_map.bind("localhost")
    paths = [
        urls.build(rule.endpoint, {name: names.get(name, 1) for name in rule.arguments}, method="POST")
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods
    ]
    answers = {path: alice.client.post(path) for path in paths}
    assert len(answers) >= 8
    assert [
        path for path, answer in answers.items() if (answer.status_code, "CSRF" in answer.text) != (400, True)
    ] == []


def test_the_web_process_imports_nothing_heavy():
    program = (
        "import sys, databoard.app; "
        "print([name for name in ('numpy', 'pandas', 'scipy', 'sklearn') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
