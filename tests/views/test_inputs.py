"""What a request may consist of: refused in one place, whichever door it comes to."""

import pytest

from databoard import forms
from databoard.views.assets import STATIC
from tests.support.route_names import ADMIN_NAMES

PLAIN = "application/x-www-form-urlencoded"
NO_FORMS = [
    b"[1]",
    b"[" * 30_000,
    b'{"login": "\\ud800", "password": "\\udfff"}',
    b'{"login": "al\\u0000ice", "name": [1]}',
    b'{"login": {"a": 1}, "password": 5, "csrf_token": null}',
    b"null",
    b"\xff\xfe",
    b"",
]


@pytest.fixture
def post_rules(app):
    return [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods]


def address(app, rule):
    values = {"event_name": "iris_test", "slug": "x", "element": "classifier", "version_id": "1"}
    values |= ADMIN_NAMES
    with app.test_request_context():
        return app.url_map.bind("localhost").build(
            rule.endpoint, {key: values[key] for key in rule.arguments}
        )


@pytest.mark.parametrize("name", [None, "alice"])
@pytest.mark.parametrize("mimetype", ["application/json", "application/vnd.api+json", "text/plain"])
def test_no_route_reads_anything_but_forms(app, visit, post_rules, name, mimetype):
    visitor = visit(name)
    headers = {"X-CSRFToken": visitor.token()}  # the token is right, so that only the body is wrong
    for rule in post_rules:
        for body in NO_FORMS:
            answer = visitor.client.post(
                address(app, rule), data=body, content_type=mimetype, headers=headers
            )
            assert answer.status_code == 415, (rule.rule, body, answer.status_code)
            assert "Expected a form" in answer.text


@pytest.mark.parametrize("form_class", forms.BodyForm.__subclasses__())
def test_no_form_reads_json(app, form_class):
    fields = dict.fromkeys(["login", "name", "email", "password"], "four ordinary words")
    with app.test_request_context("/login", method="POST", json=fields):
        assert not any(form_class().data.values())


def test_every_form_reads_form_bodies_only():
    made_here = [kind for kind in vars(forms).values() if isinstance(kind, type) and hasattr(kind, "Meta")]
    assert {kind for kind in made_here if not issubclass(kind, forms.BodyForm)} <= {forms.FlaskForm}


@pytest.mark.parametrize("quoted", ["%ED%A0%80", "%FF", "caf%E9", "%C0%80"])
def test_other_bytes_than_utf8_are_refused(visit, quoted):
    visitor = visit()
    assert visitor.get(f"/nowhere/{quoted}").status_code == 404
    assert visitor.get(f"/?page={quoted}").status_code == 400
    body = f"csrf_token={visitor.token()}&login={quoted}&password=x"
    answer = visitor.client.post("/login", data=body, content_type=PLAIN)
    assert answer.status_code == 400 and "UTF-8" in answer.text


@pytest.mark.parametrize("query", ["page=%00", "%00=1", "next=/%00"])
def test_a_query_with_nul_is_refused(visit, query):
    answer = visit().get(f"/login?{query}")
    assert answer.status_code == 400 and "NUL" in answer.text


@pytest.mark.parametrize("filename", ["a\0.py", "x" * 300 + ".py"])
def test_a_file_whose_name_no_folder_takes_is_refused(visit, filename):
    head = f'--cut\r\nContent-Disposition: form-data; name="upload"; filename="{filename}"\r\n\r\n1\r\n--cut--\r\n'
    alice = visit("alice")
    headers = {"X-CSRFToken": alice.token(), "Content-Type": "multipart/form-data; boundary=cut"}
    answer = alice.client.post("/events/iris_test/sandbox/upload", data=head.encode(), headers=headers)
    assert answer.status_code == 400 and "name of" in answer.text


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 400, "css/" + "x" * 300 + ".css", "é" * 200, "..", "css"])
def test_no_static_file_is_called_so(visit, name):
    for encodings in ("gzip", "identity"):
        assert visit().get(f"/static/{name}", headers={"Accept-Encoding": encodings}).status_code == 404
    assert (STATIC / "css").is_dir()


def test_text_of_every_script_is_welcome(visit):
    answer = visit().post("/login", {"login": "Ælfgifu 李 𝔘🎓", "password": "wörter sind ﬁn 🎓"})
    assert answer.status_code == 401
