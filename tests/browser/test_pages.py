"""Every page in both themes, on a phone and on a desk: no complaint, no sideways scroll, readable text."""

import pytest
from playwright.sync_api import expect

PAGES = {
    None: ("/", "/login", "/sign_up", "/patterns", "/events/iris_test", "/nowhere"),
    "alice": (
        "/",
        "/events/iris_test",
        "/events/iris_test/sandbox",
        "/events/iris_test/my_submissions",
        "/events/iris_test/leaderboard",
    ),
    "root": ("/approve_users", "/events/iris_test/private_leaderboard", "/admin", "/admin/workers"),
}


@pytest.mark.parametrize("login", PAGES)
def test_every_page_is_sound(open_browser, unreadable, login):
    page, found = open_browser(login=login), []
    for url in PAGES[login]:
        page.goto(url)
        found += unreadable(page)
        expect(page.locator("h1").first).to_be_visible()
    assert found == []


def test_the_theme_is_remembered(open_browser):
    page = open_browser(color_scheme="light")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_the_keyboard_gets_into_the_content_and_out_of_the_editor(open_browser):
    page = open_browser(login="alice")
    page.goto("/events/iris_test/sandbox")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.locator(".editor .cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()


def test_leaving_with_unsaved_edits_asks_first(open_browser):
    page, asked = open_browser(login="alice"), []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto("/events/iris_test/sandbox")
    page.locator(".editor .cm-content").click()
    page.keyboard.type("# x")
    page.get_by_role("link", name="Leaderboard").click()
    expect(page.get_by_text("Unsaved changes.")).to_be_visible()
    assert asked == ["beforeunload"]


def test_the_sandbox_works_without_javascript(open_browser):
    page = open_browser(login="alice", java_script_enabled=False)
    page.goto("/events/iris_test/sandbox")
    page.locator("textarea").fill("class Classifier:\n    pass\n")
    page.get_by_label("Submission name").fill("plain")
    page.get_by_role("button", name="Save and submit").click()
    expect(page.get_by_role("row", name="plain")).to_be_visible()
