"""What is left is seen before submitting; the ledger is for the team and the organisers; every door refuses."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event as events_of

from databoard.app import db
from databoard.services.submissions import quota, submit
from databoard.states import QuotaCause

SANDBOX, LEDGER = "/events/iris_test/sandbox", "/events/iris_test/quota"
CODE = "class Classifier:\n    rate = 1\n"


@pytest.fixture
def limited(session, iris_event):
    iris_event.max_attempts_per_day, iris_event.max_scored_per_day = 5, 3
    iris_event.time_zone, iris_event.min_duration_between_submissions_s = "Europe/Paris", 0
    session.commit()
    return iris_event


@pytest.fixture
def used_up(session, limited, submitted):
    """One submission a day, and it is handed in."""
    limited.max_attempts_per_day = 1
    session.commit()


def rows(visitor, query=""):
    return visitor.get(f"{LEDGER}.json{query}").get_json()["rows"]


def test_the_sandbox_tells_what_is_left_and_when_it_resets(visit, limited, submitted):
    page = visit("bob").get(SANDBOX).text
    assert "4 of 5 submissions left today, 2 of 3 scored; resets in 11 h (00:00 Europe/Paris)." in page


def test_without_limits_the_sandbox_says_nothing_of_them(visit, submitted):
    assert "data-quota" not in visit("alice").get(SANDBOX).text


def test_the_page_of_the_event_tells_the_limits(visit, limited):
    page = visit().get("/events/iris_test").text
    assert "Submissions per day</dt><dd>5" in page and "at midnight, Europe/Paris" in page


def test_the_sandbox_says_why_a_team_may_not_submit_any_more(visit, used_up):
    page = visit("alice").get(SANDBOX).text
    assert "1 of 1 submissions used today; the next is possible in 11 h (00:00 Europe/Paris)." in page
    assert "disabled" in page.partition("data-submit")[2].partition(">")[0]


@pytest.mark.parametrize("accepts", ["text/html", "application/json"])
def test_a_submit_beyond_the_quota_is_refused_for_pages_and_programs(visit, used_up, clock, accepts):
    form = {"file-classifier": CODE, "name": "second"}
    answer = visit("alice").post(f"{SANDBOX}/submit", form, headers={"Accept": accepts})
    assert answer.status_code == 429 and answer.headers["Retry-After"] == str(11 * 3600)
    assert "1 of 1 submissions used today" in answer.text


def test_the_header_tells_the_waiting_time_too(visit, clock):
    visitor = visit("alice")
    visitor.post(f"{SANDBOX}/submit", {"file-classifier": CODE, "name": "first"})
    answer = visitor.post(f"{SANDBOX}/submit", {"file-classifier": CODE, "name": "second"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")


# The ledger


def test_the_ledger_tells_who_when_why_how_much(visit, session, limited, submitted, now, olga, owls):
    quota.refund(session, submitted, cause=QuotaCause.refused_by_check, now=now)
    quota.grant(session, event_team=owls, by=olga, attempts=2, now=now)
    session.commit()
    found = [
        (row["who"], row["cause"], row["kind"], row["amount"], row["balance"]) for row in rows(visit("bob"))
    ]
    assert found == [
        ("olga", "granted by the organisers", "submission", 2, 2),
        (None, "returned: refused by the check", "scored", 1, 0),
        (None, "returned: refused by the check", "submission", 1, 0),
        ("alice", "submitted", "scored", -1, -1),
        ("alice", "submitted", "submission", -1, -1),
    ]


def test_who_is_whoever_made_that_try(visit, session, submitted, owls, bob, store, now):
    submitted.state = "cancelled"
    submitted.jobs[0].state = "cancelled"
    submit.submit(session, event_team=owls, user=bob, name="forest", store=store, now=now)
    session.commit()
    assert [row["who"] for row in rows(visit("alice"))] == ["bob", "bob", "alice", "alice"]


def test_json_tells_what_is_left_today(visit, limited, submitted):
    today = visit("alice").get(f"{LEDGER}.json").get_json()["today"]
    assert today["attempts"] == {"limit": 5, "granted": 0, "used": 1, "left": 4}
    assert (today["resets_at"], today["time_zone"]) == ("2026-11-24T23:00:00+00:00", "Europe/Paris")


def test_page_and_csv_show_the_same_rows(visit, limited, submitted):
    page, csv = visit("alice").get(LEDGER).text, visit("alice").get(f"{LEDGER}.csv").text.splitlines()
    assert "forest" in page and "4 of 5 submissions left today" in page
    assert csv[0].startswith("at,team,who,submission,cause") and len(csv) == 3


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("alice", "", 200),
        ("alice", "?team=Owls", 200),
        ("alice", "?team=charlie", 403),
        ("charlie", "?team=owls", 403),
        ("olga", "?team=owls", 200),
        ("olga", "", 200),
        ("root", "?team=charlie", 200),
        ("root", "?team=nobody", 404),
        ("wanda", "", 404),
        (None, "", 401),
    ],
)
def test_a_ledger_is_for_its_team_and_the_organisers(visit, submitted, name, query, status):
    visitor = visit(name) if name != "wanda" else visit()
    answer = visitor.get(f"{LEDGER}.json{query}")
    assert answer.status_code == (401 if name == "wanda" else status)


def test_organisers_read_the_ledgers_of_all_teams(visit, session, submitted, charlies, charlie, store, now):
    submit.submit(session, event_team=charlies, user=charlie, name="mine", store=store, now=now)
    session.commit()
    assert {row["team"] for row in rows(visit("olga"))} == {"owls", "charlie"}
    assert {row["team"] for row in rows(visit("olga"), "?team=owls")} == {"owls"}
    assert {row["team"] for row in rows(visit("charlie"))} == {"charlie"}
    assert "?team=owls" in visit("olga").get(LEDGER).text


def test_a_long_ledger_comes_in_pages_that_keep_the_team(visit, session, owls, now):
    for hours in range(60):
        quota.grant(session, event_team=owls, by=None, attempts=1, now=now + timedelta(hours=hours))
    session.commit()
    olga = visit("olga")
    [link] = re.findall(
        r'href="(\?team=owls&amp;after=[^"]+)" rel="next"', olga.get(f"{LEDGER}?team=owls").text
    )
    assert len(rows(olga, link.replace("&amp;", "&"))) == 10
    [address] = re.findall(r'<(.+)>; rel="next"', olga.get(f"{LEDGER}.json?team=owls").headers["Link"])
    assert len(olga.get(address).json["rows"]) == 10 and olga.get(address).headers["Link"].endswith(
        'rel="prev"'
    )
    assert (
        olga.get(f"{LEDGER}.json?after=1").status_code == 422
        and olga.get(f"{LEDGER}?after=1").status_code == 200
    )


def test_the_number_of_queries_does_not_grow_with_the_ledger(app, visit, session, owls, olga, now):
    visitor, counts = visit("olga"), []
    for hours in (1, 2):
        for number in range(20):
            at = now + timedelta(hours=hours, seconds=number)
            quota.grant(session, event_team=owls, by=olga, attempts=1, now=at)
        session.commit()
        seen = []
        count = lambda *_, seen=seen: seen.append(1)  # noqa: E731
        with app.app_context():
            engine = db.engine
        events_of.listen(engine, "before_cursor_execute", count)
        visitor.get(LEDGER)
        events_of.remove(engine, "before_cursor_execute", count)
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0
