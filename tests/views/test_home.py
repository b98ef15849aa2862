"""The sign of life, and the page of every element."""

import re


def test_the_page_of_every_element_holds_the_cards_of_the_sandbox(visit):
    page = visit().get("/patterns").text
    conflict = page.partition("data-newer")[2].partition("</section>")[0]
    assert "saved" in conflict and "<ins>+ " in conflict and "<del>- " in conflict
    assert len(re.findall(r'type="radio" name="choice-', conflict)) == 2
    card = page.partition('id="difference-heading"')[2].partition("</section>")[0]
    assert "<ins>+ " in card and "<del>- " in card and "difference-gap" in card
    assert "css/sandbox.css" in page


def test_one_partial_makes_the_difference_card_of_every_page(visit):
    alice = visit("alice")
    alice.post("/events/iris_test/sandbox/save", {"file-classifier": "rate = 1\n"})
    history = alice.get("/events/iris_test/sandbox/history").text
    first = re.findall(r"/sandbox/history/(\d+)\"", history)[-1]
    cards = [
        alice.get(url).text.partition('aria-labelledby="difference-heading">')[2].partition("<pre")[0]
        for url in (f"/events/iris_test/sandbox/history/{first}", "/patterns")
    ]
    assert cards[0] and cards[0] == cards[1]


def test_the_server_is_well_while_its_database_answers(visit):
    answer = visit().get("/healthcheck/ready")
    assert answer.status_code == 200 and answer.get_json()["status"] == "ok"
    assert {row["check"] for row in answer.get_json()["checks"]} >= {
        "database",
        "migration",
        "disk",
        "backup",
    }


def test_a_server_without_its_tables_is_not_well(visit, session):
    visitor = visit()
    session.connection().exec_driver_sql("ALTER TABLE alembic_version RENAME TO lost")
    session.commit()
    answer = visitor.client.get("/healthcheck/ready")
    assert (
        answer.status_code == 503
        and answer.get_json()["checks"][0]["text"] == "The database does not answer."
    )
    live = visitor.client.get("/healthcheck")
    assert (live.status_code, live.text, live.headers["Cache-Control"]) == (200, "ok\n", "no-store")
