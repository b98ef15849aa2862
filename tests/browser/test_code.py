"""Code that is shown: a <pre> that everybody can read, find and copy; a script only adds its colours."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from databoard.models import EventTeam, SandboxVersion
from databoard.services.people import accounts
from databoard.services.submissions import submit
from databoard.services.teams import sandbox, teams

CODE = '''import numpy as np


class Classifier:
    """Says <b>nothing</b>."""

    def fit(self, X, y):  # learns
        self.rate = 0.5
        return self
'''
COLOURED = {
    "code-keyword": "import",
    "code-class": "Classifier",
    "code-string": '"""Says <b>nothing</b>."""',
    "code-name": "fit",
    "code-comment": "# learns",
    "code-number": "0.5",
}
#: Many small pieces; brackets that are never closed; blocks in blocks; strings; more lines than are numbered.
HARD = {
    "pieces": "1+" * 45_000,
    "brackets": "([{" * 30_000,
    "blocks": "".join(f"{' ' * depth}if x:\n" for depth in range(400)),
    "quotes": "'''" * 30_000,
    "lines": "x = 1\n" * 12_000,
}


@pytest.fixture
def owls_here(session, iris_event):
    """The owls in the event."""
    team = teams.team_by_name(session, "owls")
    return session.query(EventTeam).filter_by(event_id=iris_event.id, team_id=team.id).one()


@pytest.fixture
def submitted(session, store, owls_here):
    """Return a function: code of the owls -> the address of the submission's page."""

    def submitted(code):
        facts = {"name": "shown", "files": {"classifier.py": code.encode()}, "store": store}
        submission = submit.deposit(session, event_team=owls_here, now=datetime.now(UTC), **facts)
        session.commit()
        return f"/submissions/{submission.slug}"

    return submitted


@pytest.fixture
def saved(session, store, owls_here):
    """Return a function: text of the owls, which need not be Python -> the address of the version's page."""

    def saved(text):
        facts = {"user": accounts.user_by_name(session, "alice"), "store": store, "now": datetime.now(UTC)}
        sandbox.save(session, event_team=owls_here, texts={"classifier": text}, **facts)
        session.commit()
        return f"/events/iris_test/sandbox/history/{session.scalar(select(func.max(SandboxVersion.id)))}"

    return saved


def colour_of(piece):
    return piece.evaluate("element => getComputedStyle(element).color")


def test_code_is_coloured_and_its_text_is_as_it_was(open_browser, submitted):
    page = open_browser(login="alice")
    page.goto(submitted(CODE))
    for name, text in COLOURED.items():
        expect(page.locator(f".code .{name}").first).to_have_text(text, use_inner_text=True)
    assert page.locator(".code").evaluate("element => element.textContent") == CODE
    assert len({colour_of(page.locator(f".code .{name}").first) for name in COLOURED}) == len(COLOURED)


def test_without_javascript_code_is_plain_text_with_numbers(open_browser, submitted):
    page = open_browser(login="alice", java_script_enabled=False)
    page.goto(f"{submitted(CODE)}#file-classifier-L8")
    assert page.locator(".code").text_content() == CODE
    assert page.locator(".code .line").count() == 9 and page.locator(".code .line *").count() == 0
    expect(page.locator(".line:target")).to_have_text("        self.rate = 0.5\n", use_inner_text=False)


def test_an_address_names_a_line(open_browser, submitted):
    page = open_browser(login="alice")
    page.goto(f"{submitted(CODE * 50)}#file-classifier-L400")
    line = page.locator("#file-classifier-L400")
    expect(page.locator(".code .code-keyword").last).to_be_attached()
    expect(line).to_be_in_viewport()
    page.locator("#file-classifier-L398").click(position={"x": 8, "y": 8})
    expect(page.locator(".line:target")).to_have_id("file-classifier-L398")


def test_what_is_copied_is_the_code_alone(open_browser, submitted):
    page = open_browser(login="alice")
    page.goto(submitted(CODE))
    expect(page.locator(".code .code-number")).to_be_visible()
    page.locator(".code").evaluate("element => getSelection().selectAllChildren(element)")
    assert page.evaluate("getSelection().toString()").rstrip("\n") == CODE.rstrip("\n")


def test_the_keyboard_goes_through_code_and_on(open_browser, submitted):
    page = open_browser(login="alice")
    page.goto(submitted(CODE))
    page.get_by_role("link", name="Download classifier.py").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Code of classifier.py")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.locator(".code-frame").evaluate("frame => !frame.contains(document.activeElement)")


@pytest.mark.parametrize("kind", HARD)
def test_no_code_keeps_its_page_from_being_used(open_browser, saved, kind):
    page = open_browser(login="alice", color_scheme="light")
    page.goto(saved(HARD[kind]))
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.locator(".code").text_content().strip() == HARD[kind].strip()
    page.wait_for_load_state("networkidle")
    assert page.locator(".code").text_content().strip() == HARD[kind].strip()


def test_the_editor_and_shown_code_are_coloured_alike(open_browser, submitted):
    page = open_browser(login="alice")
    page.goto(submitted(CODE))
    here = colour_of(page.locator(".code .code-keyword", has_text="import").first)
    page.goto("/events/iris_test/sandbox")
    assert colour_of(page.locator(".editor .cm-line span", has_text="import").first) == here
