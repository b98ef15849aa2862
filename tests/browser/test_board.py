"""The leaderboard by mouse and keyboard: sort, search, turn pages; the same without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from databoard.models import EventTeam, Team
from databoard.queries import board_order, leaderboards
from databoard.services.base.database import make_engine, session_factory, transaction
from tests.support.submissions import write_scored

URL = "/events/iris_test/leaderboard"


@pytest.fixture
def board(monkeypatch, environment, now, application):
    """Seven scored submissions on pages of three; the worst is of the owls."""
    for module in (board_order, leaderboards):
        monkeypatch.setattr(module, "PAGE_SIZE", 3)
    monkeypatch.setattr(leaderboards, "_ABOVE_OWN", 1)
    engine = make_engine(environment["DATABOARD_DB_URL"])
    with transaction(session_factory(engine)) as session:
        team = {row.name: event_team for event_team, row in session.query(EventTeam, Team).join(Team)}
        for number in range(6):
            write_scored(
                session,
                now,
                team["charlie"],
                f"model{number}",
                minutes=number,
                valid={"acc": 0.9 - number / 10, "nll": number},
            )
        write_scored(session, now, team["owls"], "ours", minutes=9, valid={"acc": 0.05, "nll": 9.0})
    engine.dispose()


def names(page):
    return page.locator("tbody tr td:nth-child(3)").all_inner_texts()


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_a_board_is_sorted_searched_and_turned(open_browser, board, has_script):
    page = open_browser(login="alice", java_script_enabled=has_script)
    page.goto(URL)
    assert names(page) == ["model0", "model1", "model2"]
    page.get_by_role("link", name="Next").first.click()
    expect(page.locator("tbody")).to_contain_text("model3")
    page.get_by_role("link", name="Submission", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Submission")
    page.get_by_role("link", name="Submission", exact=True).click()
    expect(page.locator("tbody tr").first).to_contain_text("ours")
    expect(page).to_have_url(re.compile("sort=submission&order=reversed"))
    page.get_by_label("Team or submission").fill("owl")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="All").click()
    expect(page.locator("tbody tr")).to_have_count(3)


def test_sorting_by_keyboard_keeps_the_place_and_the_way_back(open_browser, board):
    page = open_browser(login="alice")
    page.goto(URL)
    page.evaluate("document.body.dataset.stays = 'yes'")
    page.locator("#sort-nll").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort]")).to_contain_text("nll")
    assert page.evaluate("document.body.dataset.stays") == "yes"  # the page was not loaded again
    expect(page.locator("#sort-nll")).to_be_focused()
    page.go_back()
    expect(page.locator("th[aria-sort]")).to_contain_text("#")


def test_my_best_row_comes_into_view_and_is_marked(open_browser, board):
    page = open_browser(login="alice")
    page.goto(URL)
    page.get_by_role("link", name="My best row").click()
    expect(page.locator("tr.table-active")).to_contain_text("ours")
    expect(page.locator("tr.table-active")).to_be_in_viewport()
    expect(page.locator("tbody tr").first).to_contain_text("model5")
