"""Two tabs on one sandbox: the later save is told, compared and decided; nothing typed is lost."""

import pytest
from playwright.sync_api import expect

SANDBOX = "/events/iris_test/sandbox"
MINE, THEIRS = "class Classifier:\n    rate = 1\n", "class Classifier:\n    rate = 2\n"


def type_code(page, code):
    page.locator(".editor .cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(code)


def save(page):
    page.keyboard.press("Control+S")
    expect(page.get_by_text("Saved 1 file.")).to_be_visible()


@pytest.fixture
def two_tabs(open_browser):
    """Return a function: options of a window -> alice, whose page is older than what bob saved."""

    def two_tabs(**options):
        alice, bob = open_browser(login="alice", **options), open_browser(login="bob")
        for page in (alice, bob):
            page.goto(SANDBOX)
        type_code(bob, THEIRS)
        save(bob)
        return alice

    return two_tabs


def compare(page):
    """Save over bob's version, and ask for the comparison."""
    type_code(page, MINE)
    page.keyboard.press("Control+S")
    expect(page.get_by_text("Not saved: bob saved classifier.py")).to_be_visible()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="bob saved classifier.py meanwhile")).to_be_visible()


@pytest.mark.parametrize(
    ("choice", "kept"), [("Mine. The version from bob", "rate = 1"), ("The version from bob.", "rate = 2")]
)
def test_of_two_tabs_the_later_compares_and_decides(two_tabs, choice, kept):
    alice = two_tabs()
    compare(alice)
    expect(alice.locator("del")).to_contain_text("rate = 2")
    expect(alice.locator("ins")).to_contain_text("rate = 1")
    expect(alice.locator(".editor .cm-content")).to_contain_text("rate = 1")
    alice.get_by_label(choice).check()
    alice.get_by_role("button", name="Save", exact=True).click()
    alice.wait_for_url(f"**{SANDBOX}")
    expect(alice.locator("[data-newer]")).to_have_count(0)
    expect(alice.locator(".editor .cm-content")).to_contain_text(kept)


def test_many_saves_from_one_tab_go_through_without_a_reload(open_browser):
    alice = open_browser(login="alice")
    alice.goto(SANDBOX)
    for number in range(3):
        type_code(alice, f"rate = {number}\n")
        expect(alice.get_by_text("Unsaved changes.")).to_be_visible()
        save(alice)
    alice.reload()
    expect(alice.locator(".editor .cm-content")).to_contain_text("rate = 2")


def test_without_javascript_the_later_decides_and_submits(open_browser):
    alice = open_browser(login="alice", java_script_enabled=False)
    bob = open_browser(login="bob", java_script_enabled=False)
    alice.goto(SANDBOX)
    bob.goto(SANDBOX)
    bob.locator("textarea").fill(THEIRS)
    bob.get_by_role("button", name="Save", exact=True).click()
    alice.locator("textarea").fill(MINE)
    alice.get_by_label("Submission name").fill("mine")
    alice.get_by_role("button", name="Save and submit").click()
    expect(alice.get_by_role("heading", name="bob saved classifier.py meanwhile")).to_be_visible()
    alice.get_by_label("Mine. The version from bob").check()
    alice.get_by_role("button", name="Save and submit").click()
    expect(alice.get_by_role("row", name="mine")).to_be_visible()


def test_an_earlier_version_is_restored_from_the_history(open_browser):
    alice = open_browser(login="alice")
    alice.goto(SANDBOX)
    type_code(alice, MINE)
    save(alice)
    alice.get_by_role("link", name="History of your files").click()
    alice.get_by_role("row", name="starting kit").get_by_role("link").click()
    expect(alice.get_by_role("heading", name="What restoring changes")).to_be_visible()
    alice.get_by_role("button", name="Restore this version").click()
    expect(alice.get_by_text("classifier.py is again as saved at")).to_be_visible()
    expect(alice.locator(".editor .cm-content")).not_to_contain_text("rate = 1")


def test_the_comparison_and_the_history_are_sound(two_tabs, unreadable):
    alice = two_tabs()
    compare(alice)
    found = unreadable(alice)
    alice.get_by_label("The version from bob.").check()
    alice.get_by_role("button", name="Save", exact=True).click()
    alice.wait_for_url(f"**{SANDBOX}")
    alice.get_by_role("link", name="History of your files").click()
    found += unreadable(alice)
    alice.get_by_role("row", name="not used").get_by_role("link").click()
    assert found + unreadable(alice) == []
