"""The admin pages: who may see them, and what they say about workers and their jails."""

import csv
import io
from datetime import timedelta

import pytest

from databoard.services.queue import jobs, workers
from databoard.services.queue.workers import Usage
from tests import busy_site

CHECKS = ("/admin/status.json", "/admin/status.csv")
URLS = ("/admin", "/admin/workers", "/admin/workers.json", "/admin/workers.csv", *CHECKS)
OPEN = "The jail is open: =cmd (layer). Move it."


@pytest.fixture
def register(session, now):
    def register(name="near:7", *, level="A", open_layers="", at=now):
        facts = {"host": name.partition(":")[0], "pid": 7, "engine": "local", "n_slots": 2, "now": at}
        workers.register(session, name=name, jail_level=level, open_layers=open_layers, **facts)
        session.commit()

    return register


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("name", ["alice", "olga"])
def test_who_runs_no_server_sees_no_admin_page(visit, url, name):
    assert visit(name).get(url).status_code == 403


@pytest.mark.parametrize("url", URLS[:2])
def test_strangers_are_led_to_the_login(visit, url):
    assert visit().get(url).location == f"/login?next={url}"


@pytest.mark.parametrize("url", URLS)
def test_administrators_see_every_page(visit, register, url):
    register()
    assert "near:7" in visit("root").get(url).text


def test_only_administrators_are_shown_the_way(visit):
    assert 'href="/admin"' in visit("root").get("/").text
    assert 'href="/admin"' not in visit("olga").get("/").text


def test_a_jail_that_holds_is_green(visit, register):
    register()
    page = visit("root").get("/admin").text
    assert "The jail holds" in page and "alert-success" in page and "alert-danger" not in page


def test_an_open_jail_is_red_with_what_mends_it(visit, register):
    register(level="", open_layers=OPEN)
    page = visit("root").get("/admin").text
    assert "No worker may run submissions" in page and f"near: {OPEN}" in page
    assert "alert-danger" in page and "alert-success" not in page


def test_isolation_that_is_off_is_red(visit, register):
    register(level="none")
    page = visit("root").get("/admin").text
    assert "Isolation is off (DATABOARD_JAIL=none)" in page and "alert-success" not in page


def test_a_worker_shows_its_job_until_it_falls_silent(visit, register, session, submitted, now, clock):
    register()
    jobs.claim_next(session, worker="near:7", now=now)
    session.commit()
    visitor = visit("root")
    page = visitor.get("/admin/workers").text
    assert f'href="/submissions/{submitted.slug}"' in page and "of owls, iris_test" in page
    assert visitor.get("/admin/workers.json").get_json()["rows"][0]["jobs"] == "iris_test/owls/forest"
    clock.forward(minutes=5)
    assert visitor.get("/admin/workers.json").get_json()["rows"][0]["state"] == "silent"


def test_what_waits_longest_is_named(visit, register, submitted):
    register()
    page = visit("root").get("/admin").text
    assert f'href="/submissions/{submitted.slug}">forest</a>' in page and "of owls, iris_test" in page


def test_csv_and_json_hold_the_same_rows(visit, register, now):
    register(at=now - timedelta(hours=1))
    register("far:8", level="", open_layers=OPEN)
    visitor = visit("root")
    rows = visitor.get("/admin/workers.json").get_json()["rows"]
    table = list(csv.DictReader(io.StringIO(visitor.get("/admin/workers.csv").text)))
    assert [row["worker"] for row in rows] == [row["worker"] for row in table] == ["far:8", "near:7"]
    assert list(rows[0]) == list(table[0]) and table[0]["open_layers"] == OPEN


@pytest.mark.parametrize("url", URLS[:2])
def test_htmx_gets_the_part_that_changes(visit, register, url):
    register()
    part = visit("root").get(url, headers={"HX-Request": "true"}).text.strip()
    assert "<html" not in part and "near:7" in part and "hx-trigger" in part
    assert part in visit("root").get(url).text


def test_an_entry_of_the_schedule_is_due_when_it_is_told_to_run(visit, session, store, now):
    busy_site.fill(session, store, now)
    visitor = visit("root")
    page = visitor.get("/admin/schedule").text
    assert "The disk is full." in page and 'action="/admin/schedule/backup/run"' in page
    answer = visitor.post("/admin/schedule/backup/run", follow_redirects=True)
    assert "backup is due now" in answer.text
    rows = {row["entry"]: row for row in visitor.get("/admin/schedule.json").get_json()["rows"]}
    assert rows["backup"]["next_due_at"] == now.isoformat(timespec="seconds")
    audited = visitor.get("/admin/audit.json?action=run_soon").get_json()["rows"]
    assert [(row["actor"], row["object"]) for row in audited] == [("root", "backup")]
    assert visitor.post("/admin/schedule/nothing/run").status_code == 404
    assert visit("olga").post("/admin/schedule/backup/run").status_code == 403


def test_programs_get_a_code_with_every_refusal(visit):
    visitor = visit("root")
    refused = visitor.get("/admin/jobs.json?state=asleep")
    assert (refused.status_code, refused.headers["X-Error-Code"]) == (422, "InvalidParameter")
    assert refused.get_json()["error"] == "InvalidParameter" and "waiting" in refused.get_json()["message"]
    assert visitor.get("/admin/jobs.json?cursor=none").status_code in (400, 422)
    assert visitor.get("/admin/cakes.json").headers["X-Error-Code"] == "NotFound"
    assert visit("alice").get("/admin/jobs.json").headers["X-Error-Code"] == "Forbidden"
    assert visit().get("/admin/jobs.json").headers["X-Error-Code"] == "Unauthenticated"


def test_a_worker_has_a_page_with_what_it_uses_and_is_drained_and_resumed_there(
    visit, register, session, now
):
    register()
    used = Usage(300 << 20, 150.0, 0.92, 0.5, "92 % of the memory of this machine is used.")
    workers.heartbeat(session, name="near:7", n_done=4, n_faults=1, n_slots=2, usage=used, now=now)
    session.commit()
    visitor, url = visit("root"), "/admin/workers/near:7"
    page = visitor.get(url).text
    assert [
        word
        for word in ("300", "150 %", "92 %", "no job from 90 % on", "It takes no job now")
        if word not in page
    ] == []
    assert "draining" in visitor.post(f"{url}/drain", follow_redirects=True).text
    row = visitor.get("/admin/workers.json").get_json()["rows"][0]
    assert (row["state"], row["rss_bytes"], row["pid"], row["memory_used"]) == (
        "draining",
        300 << 20,
        7,
        0.92,
    )
    assert "Every worker is draining" in visitor.get("/admin").text
    assert "takes jobs again" in visitor.post(f"{url}/resume", follow_redirects=True).text
    assert visitor.get("/admin/workers.json").get_json()["rows"][0]["state"] == "alive"


def test_who_runs_no_server_drains_no_worker(visit, register):
    register()
    assert visit("olga").post("/admin/workers/near:7/drain").status_code == 403
    root = visit("root")
    assert root.get("/admin/workers/nobody").status_code == 404
    assert root.post("/admin/workers/nobody/drain").status_code == 404
    assert root.get("/admin/workers/near:7/drain").status_code in (404, 405)
