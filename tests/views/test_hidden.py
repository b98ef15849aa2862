"""What a visitor may not know of answers as what is not there: same status, same headers, same page."""

import re

import pytest

from databoard.services.people import accounts

PASSWORD = "four ordinary words"
HIDDEN = {
    "event_name": "iris_test",
    "problem_name": "iris",
    "element": "classifier",
    "version_id": "987654321",
    "image_name": "0123456789abcdef.png",
}
ABSENT = HIDDEN | {"event_name": "iris_tost", "problem_name": "iras", "slug": "0123456789"}
TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')  # another one each second


@pytest.fixture
def hidden(session, iris_event, scored, now):
    """The event is not public, and nora is nobody there; the names of what is hidden."""
    iris_event.is_public = False
    accounts.create_user(session, name="nora", email="nora@example.org", password=PASSWORD, now=now)
    session.commit()
    return {**HIDDEN, "slug": scored.slug}


def rules(app):
    """Return every rule that names an event, a problem or a submission, with each method that it takes."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.arguments - {"filename"} and not rule.rule.startswith("/admin")
        for method in sorted(rule.methods & {"GET", "POST"})
    ]


def answer_of(app, visitor, rule, method, names, headers):
    """Return status, headers and body, without the names that were asked for."""
    path = app.url_map.bind("localhost").build(rule.endpoint, {key: names[key] for key in rule.arguments})
    data = {"csrf_token": visitor.token(), "name": "first"} if method == "POST" else None
    answer = visitor.client.open(path, method=method, data=data, headers=headers)
    kept = {key: value for key, value in answer.headers if key not in {"Content-Length", "Set-Cookie"}}
    text = f"{kept} {TOKEN.sub('', answer.text)}"
    for name in sorted([*names.values(), answer.headers["X-Request-Id"]], key=len, reverse=True):
        text = text.replace(name, "…")
    return answer.status_code, text


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {"HX-Request": "true"}])
@pytest.mark.parametrize("name", [None, "nora"])
def test_hidden_and_absent_answer_alike_at_every_route(app, visit, hidden, name, headers):
    assert len(rules(app)) > 25
    visitor = visit(name)
    for rule, method in rules(app):
        seen, absent = (answer_of(app, visitor, rule, method, names, headers) for names in (hidden, ABSENT))
        assert seen == absent, (method, rule.rule)
        refused = {404} if name else {303, 401}
        moved = {301, 302}  # to a page that refuses
        is_old = rule.endpoint.startswith("original.")
        assert seen[0] in (moved if is_old else refused), (method, rule.rule)


def test_those_of_the_event_see_what_is_hidden_from_others(visit, hidden):
    olga = visit("olga")
    for url in ("/problems/{problem_name}", "/events/{event_name}", "/submissions/{slug}"):
        assert olga.get(url.format(**hidden)).status_code == 200
