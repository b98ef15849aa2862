"""2,000 odd requests over every route and every role, the same ones in every run: none may break the server."""

import random
from collections import Counter

import pytest
from werkzeug.routing import IntegerConverter

from databoard.views.assets import STATIC
from tests.support.route_names import ADMIN_NAMES

N_REQUESTS = 2600
ROLES = {
    "stranger": None,
    "student": "alice",
    "other student": "charlie",
    "event admin": "olga",
    "admin": "root",
}
METHODS = ["GET"] * 9 + ["POST"] * 9 + ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"]
ODD = [
    "", " ", "0", "-1", "1e9", "9" * 30, "9" * 5000, "NaN", "true", "null", "[]", "x" * 300, "é" * 200, "\0", "a\0b",
    "\ud800", "\udfff.py", "\ufeff", "\u202e", "🎓" * 50, "../../etc/passwd", "..%2f..", "C:\\x", "//evil.example",
    "/\\evil.example", "\r\nX: y", "\x1b[31m", "<script>alert(1)</script>", "' OR 1=1 --", "{{7*7}}", "%", "%s%n",
    "=1+1", ".", "..", "classifier.py", "alice", "owls", "approve", "refuse", "iris_test", "_", "ﬁ", "²", "٣",
]  # fmt: skip
FIELDS = [
    "login", "password", "repeated", "name", "email", "bio", "website_url", "is_remembered", "user_ids",
    "event_team_ids", "answer", "file-classifier", "file-", "file-x", "upload", "next", "page", "team", "csrf_token",
]  # fmt: skip
HEADERS = [
    ("Accept", ["application/json", "text/csv", "*/*;q=x", "text/html", "\xff"]),
    ("HX-Request", ["true", ""]),
    ("Range", ["bytes=0-", "bytes=9-2", "bytes=-1", "lines=1", "bytes=a-b"]),
    ("If-None-Match", ["*", '"x"', "W/", "\xff"]),
    ("If-Modified-Since", ["yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 40]),
    ("Host", ["localhost", "a b", "[::1", "x" * 300, "evil.example:99999"]),
    (
        "Cookie",
        ["databoard=x", "databoard=" + "A" * 3000, "remember_token=1|x", "=;;=", "databoard_device=x.y.z"],
    ),
    ("Accept-Encoding", ["gzip", "gzip;q=a", "br"]),
    ("Content-Length", ["x", "-5"]),
    ("X-Forwarded-For", ["x, y", "\xff"]),
]
BODY_TYPES = [
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=cut", "multipart/form-data",
    "application/json", "text/plain", "application/x-www-form-urlencoded; charset=utf-7", "x", "",
]  # fmt: skip


MARK = "1234567890"  # in place of a number in an address


class Fuzz:
    """Draws odd requests; what `known` holds (names that exist) comes up often."""

    def __init__(self, app, known, seed):
        self.draw, self.known = random.Random(seed), known
        self.adapter, self.rules = app.url_map.bind("localhost"), list(app.url_map.iter_rules())

    def text(self):
        return self.draw.choice(ODD)

    def maybe(self, share):
        return self.draw.random() < share

    def path(self, rule):
        """Return an address of `rule`, mostly with names that exist."""
        values = {
            name: self.draw.choice(self.known[name]) if self.maybe(0.7) else self.text() or "x"
            for name in rule.arguments
        }
        numbers = {name for name in values if isinstance(rule._converters[name], IntegerConverter)}
        places = {name: MARK if name in numbers else quotable(value) for name, value in values.items()}
        path = self.adapter.build(rule.endpoint, places)
        for name in numbers:  # none that is no number could be built
            path = path.replace(MARK, percent(values[name]), 1)
        return path + self.draw.choice(["", "", "", "", "/", ".json", "%ED%A0%80", "%00"])

    def pairs(self, n):
        return [(self.draw.choice(FIELDS), self.text()) for _ in range(self.draw.randrange(n))]

    def body(self, token):
        """Return a body and its content type; more than half are forms with the right token."""
        if self.maybe(0.6):
            fields = [("csrf_token", token), *self.pairs(6)]
            return "&".join(f"{name}={percent(value)}" for name, value in fields).encode(), BODY_TYPES[0]
        parts = "".join(
            f'--cut\r\nContent-Disposition: form-data; name="{name}"{self.draw.choice(["", "; filename=x.py"])}'
            f"\r\n\r\n{value}\r\n"
            for name, value in [("csrf_token", token), *self.pairs(6)]
        )
        content = self.draw.choice(
            [parts + "--cut--\r\n", parts, "[" * 30_000, '{"login": "\\ud800"}', "[1]", "\0" * 9, self.text()]
        )
        return content.encode("utf-8", "surrogatepass"), self.draw.choice(BODY_TYPES)

    def request(self, token):
        """Return the path and the options of one request, as a test client takes them."""
        rule, method = self.draw.choice(self.rules), self.draw.choice(METHODS)
        if self.maybe(0.5):  # half of all with a method that the route takes
            method = "POST" if "POST" in rule.methods else "GET"
        data, content_type = self.body(token) if method not in {"GET", "HEAD"} else (b"", "")
        query = "&".join(f"{name}={percent(value)}" for name, value in self.pairs(3))
        headers = [(name, self.draw.choice(texts)) for name, texts in HEADERS if self.maybe(0.06)]
        headers += [("X-CSRFToken", token)] if self.maybe(0.5) else []
        return {
            "path": self.path(rule), "method": method, "query_string": query, "data": data,
            "content_type": content_type, "headers": headers,
        }  # fmt: skip


def quotable(text):
    return text.encode("utf-8", "replace").decode()


def percent(text):
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request):
    return request.param


@pytest.fixture
def fuzz(app, scored, database_url):
    static = [str(path.relative_to(STATIC)) for path in STATIC.glob("[cj]s/*")]
    known = {
        "event_name": ["iris_test"], "problem_name": ["iris"], "slug": [scored.slug], "element": ["classifier"],
        "filename": static, "version_id": ["1", "2", "0", "2147483647"], "image_name": ["a.png", "page.json"],
        **{name: [str(value)] for name, value in ADMIN_NAMES.items()},
    }  # fmt: skip
    return Fuzz(app, known, seed=f"databoard {database_url.partition(':')[0]}")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Werkzeug's half-read files
def test_no_odd_request_breaks_the_server(fuzz, visit, clock):
    statuses, broken = Counter(), []
    for name in ROLES.values():
        visitor = visit(name)
        token = visitor.token()
        for _ in range(N_REQUESTS // 2 // len(ROLES)):  # the other half on the other kind of database
            sent = fuzz.request(token)
            answer = visitor.client.open(**sent, buffered=True)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                broken.append((answer.status_code, sent, answer.text[-200:]))
            if "Set-Cookie" in answer.headers:  # logged out, or another session began
                clock.forward(hours=2)
                visitor = visit(name)
                token = visitor.token()
    assert broken == []
    assert sum(statuses.values()) == N_REQUESTS // 2
    assert statuses[200] > 100 and statuses[303] > 20 and statuses[400] > 50 and statuses[404] > 50, statuses
