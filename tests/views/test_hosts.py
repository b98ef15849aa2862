"""The Host header: believed only when it names this server."""

import pytest

import config
from databoard.app import create_app
from databoard.views.inputs import is_named

NAMES = ("db.example.org", ".school.example", "[::1]", "192.0.2.7")


@pytest.fixture
def named(home, problems, sqlite_url):
    """A client of a server that knows its names."""
    settings = {
        "ENV": "production",
        "HOME": str(home),
        "PROBLEMS": str(problems),
        "DB_URL": sqlite_url,
        "SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
        "HOSTS": ",".join(NAMES),
    }
    app = create_app(config.load({f"DATABOARD_{name}": value for name, value in settings.items()}))
    return app.test_client()


@pytest.mark.parametrize(
    "host",
    [
        "db.example.org",
        "DB.Example.org:8080",
        "school.example",
        "a.b.school.example:443",
        "[::1]:80",
        "192.0.2.7",
    ],
)
def test_a_request_to_a_name_of_this_server_is_answered(named, host):
    assert named.get("/", headers={"Host": host}).status_code == 200


OTHERS = [
    "", "evil.example", "evil.example:8080", "xdb.example.org", "db.example.org.evil.example", "aschool.example",
    "::1", "db.example.org@evil.example",
    "db.example.org:x", "a b", "x" * 300, "[::1", "localhost", ".school.example",
]  # fmt: skip


@pytest.mark.parametrize("host", OTHERS)
@pytest.mark.parametrize("url", ["/", "/login", "/nowhere", "/static/css/databoard.css", "/events/iris_test"])
def test_a_request_to_another_name_is_refused(named, url, host):
    for method in ("GET", "POST"):
        answer = named.open(url, method=method, headers={"Host": host})
        assert answer.status_code == 400 and "DATABOARD_HOSTS" in answer.text, host
        assert "Content-Security-Policy" in answer.headers and "Set-Cookie" not in answer.headers


def test_the_sign_of_life_is_answered_under_every_name(named):
    assert named.get("/healthcheck", headers={"Host": "10.0.0.5:8080"}).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "anything.example:8080", "192.0.2.7"])
def test_in_development_every_name_will_do(visit, host):
    assert visit().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["x" * 300, "a..b"])
def test_what_can_be_no_name_is_refused_in_development_too(visit, host):
    answer = visit().get("/", headers={"Host": host})
    assert answer.status_code == 400 and answer.mimetype == "text/plain"


def test_no_part_of_a_name_is_a_pattern():
    assert not is_named("dbxexample.org", NAMES) and not is_named("db.example.org:80:80", NAMES)
