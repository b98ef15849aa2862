"""The main job by mouse and keyboard: sign up, approve, join, edit, submit, scored, leaderboard."""

import re

from playwright.sync_api import expect

TRAINING_MS = 90_000
CODE = """from sklearn.linear_model import LogisticRegression


class Classifier(LogisticRegression):
    pass
"""
SLEEPING = "import time\n\n\nclass Classifier:\n    def fit(self, X, y):\n        time.sleep(600)\n"
BROKEN = "class Classifier:\n    def fit(self, X, y):\n        raise ValueError('mine')\n"


def sign_up(page):
    page.get_by_role("link", name="Sign up").first.click()
    for label, text in {"User name": "nora", "E-mail": "nora@example.org", "First name": "Nora"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Password", exact=True).fill("four ordinary words")
    page.get_by_label("Password again").fill("four ordinary words")
    page.get_by_role("button", name="Ask for an account").click()
    expect(page.get_by_text("once an organiser has approved")).to_be_visible()


def approve(page):
    page.get_by_role("link", name="Approvals").click()
    page.get_by_label("Select nora").check()
    page.get_by_role("button", name="Approve the selected").click()
    expect(page.get_by_text("Approved: accounts 1")).to_be_visible()


def replace_code(page, code):
    page.locator(".editor .cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.press(
        "Delete"
    )  # the editor's own; replacing makes Chromium write a style, which is refused
    page.keyboard.insert_text(code)


def write_and_save(page):
    replace_code(page, CODE)
    expect(page.get_by_text("Unsaved changes.")).to_be_visible()
    page.keyboard.press("Control+S")
    expect(page.get_by_text("Saved 1 file.")).to_be_visible()


def test_from_sign_up_to_the_leaderboard(open_browser, worker):
    nora, root = open_browser(), open_browser(login="root")
    sign_up(nora)
    approve(root)
    nora.get_by_label("User name or e-mail").fill("nora")
    nora.get_by_label("Password").fill("four ordinary words")
    nora.get_by_role("main").get_by_role("button", name="Log in").click()
    nora.get_by_role("button", name="Join Iris").click()
    write_and_save(nora)
    nora.get_by_label("Submission name").fill("logistic")
    nora.get_by_role("button", name="Save and submit").click()
    row = nora.get_by_role("row", name=re.compile("logistic"))
    expect(row.locator(".status")).to_have_text("scored", timeout=TRAINING_MS)
    nora.get_by_role("link", name="Leaderboard").click()
    expect(nora.get_by_role("row", name=re.compile("nora.*logistic"))).to_contain_text(
        re.compile(r"0\.[89]\d")
    )
    nora.get_by_role("link", name="logistic").click()
    expect(nora.get_by_role("heading", name="classifier.py")).to_be_visible()
    expect(nora.get_by_text("LogisticRegression").first).to_be_visible()


def test_a_failure_shows_the_own_line_and_may_be_mended_at_once(open_browser, worker):
    alice = open_browser(login="alice")
    alice.goto("/events/iris_test/sandbox")
    replace_code(alice, BROKEN)
    alice.get_by_label("Submission name").fill("broken")
    alice.get_by_role("button", name="Save and submit").click()
    status = alice.get_by_role("row", name=re.compile("broken")).locator(".status")
    expect(status).to_have_text("training error", timeout=TRAINING_MS)
    alice.get_by_role("link", name="broken").click()
    expect(alice.locator(".trace")).to_contain_text("line 3")
    expect(alice.locator(".trace")).not_to_contain_text("/home")


def test_what_trains_is_cancelled_by_its_team(open_browser, worker):
    alice = open_browser(login="alice")
    alice.goto("/events/iris_test/sandbox")
    replace_code(alice, SLEEPING)
    alice.get_by_label("Submission name").fill("sleeping")
    alice.get_by_role("button", name="Save and submit").click()
    status = alice.get_by_role("row", name=re.compile("sleeping")).locator(".status")
    expect(status).to_have_text("training", timeout=TRAINING_MS)
    alice.get_by_role("link", name="sleeping").click()
    alice.get_by_role("link", name="Cancel this submission").click()
    alice.get_by_role("button", name="Cancel the submission").click()
    expect(alice.get_by_text("sleeping is cancelled. Its name is free")).to_be_visible()
    expect(alice.get_by_role("status").filter(has_text="cancelled").first).to_be_visible()
