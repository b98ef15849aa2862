"""A site that is closed for maintenance: a file closes it, and nothing of the database is asked."""

import pytest

import config
from databoard.app import create_app
from databoard.errors import RuleError
from databoard.services.base import maintenance

CLOSED = (
    "/",
    "/events/iris_test",
    "/events/iris_test/leaderboard.json",
    "/nowhere",
    "/sign_up",
    "/administer",
)


def test_a_bare_touch_closes_the_site_and_removing_the_file_opens_it(visit, home):
    root = visit("root")
    (home / maintenance.FLAG).touch()
    assert [root.get(url).status_code for url in CLOSED] == [503] * len(CLOSED)
    assert visit().client.post("/events/iris_test/sign_up").status_code == 503
    for url in ("/login", "/healthcheck", "/static/css/databoard.css", "/admin", "/admin/workers"):
        assert root.get(url).status_code == 200, url
    (home / maintenance.FLAG).unlink()
    assert root.get("/").status_code == 200


def test_people_read_the_message_and_programs_a_code(visit, home):
    maintenance.turn_on(home, "New disks <b>until</b> noon.\x1b[2J")
    answer = visit().get("/")
    assert "New disks &lt;b&gt;until&lt;/b&gt; noon." in answer.text and "[2J" not in answer.text
    assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("60", "no-store")
    answer = visit().get("/events/iris_test/leaderboard.json")
    assert (answer.get_json()["error"], answer.headers["X-Error-Code"]) == ("Maintenance", "Maintenance")
    part = visit().get("/", headers={"HX-Request": "true"})
    assert part.status_code == 503 and "<html" not in part.text and "New disks" in part.text


def test_it_works_while_the_database_is_stopped(home, problems):
    settings = {
        "DATABOARD_ENV": "testing",
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": "postgresql://databoard@127.0.0.1:1/databoard",
        "DATABOARD_SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
    }
    client = create_app(config.load(settings)).test_client()
    assert "does not answer" in client.get("/").text
    (home / maintenance.FLAG).touch()
    answer = client.get("/")
    assert answer.status_code == 503 and maintenance_text() in answer.text
    assert client.get("/healthcheck").text == "ok\n"


def maintenance_text():
    return "closed for maintenance"


@pytest.mark.parametrize(
    ("own", "shown"), [("<p>Own: {{ message }}</p>", "<p>Own: &lt;i&gt;</p>"), ("{{ broken", "Back soon")]
)
def test_an_operator_may_bring_the_page_and_a_broken_one_is_not_used(visit, home, own, shown):
    (home / maintenance.OWN_PAGE).write_text(own)
    maintenance.turn_on(home, "<i>")
    answer = visit().get("/")
    assert answer.status_code == 503 and shown in answer.text


def test_the_message_changes_and_the_time_stays(tmp_path):
    assert maintenance.state(tmp_path) is None and not maintenance.turn_off(tmp_path)
    first = maintenance.turn_on(tmp_path)
    second = maintenance.turn_on(tmp_path, "soon")
    assert (first.since, second.message) == (second.since, "soon")
    with pytest.raises(RuleError, match="at most 500 characters"):
        maintenance.turn_on(tmp_path, "x" * 501)
    assert maintenance.state(tmp_path) == second
    assert maintenance.turn_off(tmp_path) and maintenance.state(tmp_path) is None


def test_a_file_that_is_no_text_closes_the_site_too(tmp_path):
    (tmp_path / maintenance.FLAG).write_bytes(b"\xff\0\x1b[31mred" + b"x" * 9000)
    assert maintenance.state(tmp_path).message.endswith("x")
    (tmp_path / maintenance.FLAG).unlink()
    (tmp_path / maintenance.FLAG).mkdir()
    assert maintenance.state(tmp_path).message == ""
