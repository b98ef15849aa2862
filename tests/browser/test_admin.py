"""The admin pages in a real browser: what stands where, in both themes, on a phone and a desk, and by keyboard."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from databoard.services.queue import jobs, workers
from databoard.services.submissions import submit
from tests.browser.conftest import LOOKS, look_at

HOST = "trainer-07.highmem.compute.example.org"
OPEN = "The jail is open, nothing untrusted may run: tracing (another process can be traced). See fab jail_check."
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 844}
URLS = ("/admin", "/admin/workers")
#: The page asks for what changes every 5 seconds.
REFRESHED_MS = 15_000
#: Words of the names of machines that stand on more than one line.
BROKEN = """() => [...document.querySelectorAll("tbody th")].flatMap((th) => [...th.childNodes])
  .filter((node) => node.nodeType === 3)
  .filter((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1;
  }).map((node) => node.textContent)"""


@pytest.fixture
def register(sessions, environment):
    """Return a function that lets a worker tell of itself, as so many minutes ago."""

    def register(name, *, level="A", open_layers="", minutes_ago=0):
        facts = {"host": name.partition(":")[0], "pid": 7, "engine": "local", "n_slots": 2}
        now = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        with sessions.begin() as session:
            workers.register(session, name=name, jail_level=level, open_layers=open_layers, now=now, **facts)

    return register


@pytest.fixture
def every_kind(register):
    """A worker that is alive, one that fell silent, one that was refused."""
    register(f"{HOST}:4242")
    register("far:8", minutes_ago=90)
    register("open:9", level="", open_layers=OPEN)


@pytest.fixture
def held(every_kind, session, owls, store):
    """A submission that the first worker trains now."""
    files = {"classifier.py": b"class Classifier:\n    pass\n"}
    now = datetime.now(UTC)
    submission = submit.deposit(session, event_team=owls, name="forest", files=files, store=store, now=now)
    assert jobs.claim_next(session, worker=f"{HOST}:4242", now=now) is not None
    session.commit()
    return submission


@pytest.fixture
def shown(open_browser):
    """Return a function: address and size -> the page, as root sees it."""

    def shown(url, viewport=DESK):
        page = open_browser(login="root", viewport=viewport)
        page.goto(url)
        page.wait_for_load_state("networkidle")
        return page

    return shown


def middle(locator):
    box = locator.bounding_box()
    return box["y"] + box["height"] / 2


def test_every_state_of_a_worker_is_readable(shown, held, unreadable):
    page, found = shown("/admin"), []
    for url in URLS:
        page.goto(url)
        found += unreadable(page)
        for width, scheme in LOOKS:
            look_at(page, width, scheme)
            found += page.evaluate(BROKEN)
    for state in ("alive", "silent", "refused"):
        expect(page.get_by_role("row").filter(has_text=state)).to_have_count(1)
    assert found == []


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_the_heading_of_the_table_is_one_line(shown, every_kind, viewport):
    assert shown("/admin/workers", viewport).locator("thead").bounding_box()["height"] < 40


def test_the_links_of_the_bar_stand_in_one_line(shown):
    links = shown("/admin").get_by_role("navigation", name="Main").get_by_role("link").all()
    assert [link.inner_text() for link in links] == ["Events", "Approvals", "Admin"]
    assert max(map(middle, links)) - min(map(middle, links)) < 1


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_a_count_stands_in_the_line_of_its_word(shown, every_kind, viewport):
    page = shown("/admin", viewport)
    pairs = zip(page.locator(".facts dt").all(), page.locator(".facts dd").all(), strict=True)
    distances = [abs(middle(word) - middle(count)) for word, count in pairs]
    assert len(distances) == 11 and max(distances) <= 2


def test_a_phone_finds_the_way_in_the_menu_of_the_account(shown):
    page = shown("/", PHONE)
    page.get_by_text("Your account, Root").click()
    page.get_by_role("link", name="Admin").click()
    page.wait_for_url("**/admin")
    expect(page.get_by_role("heading", name="Admin")).to_be_visible()


def test_the_keyboard_reaches_every_part(shown, held):
    page = shown("/admin/workers")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    reached = []
    for _ in range(60):  # the menu of the administration alone has some twenty links
        reached.append(page.evaluate("document.activeElement.innerText.trim()"))
        page.keyboard.press("Tab")
    assert "forest" in reached
    tab = page.get_by_role("link", name="Overview")
    tab.focus()
    expect(tab).to_have_css("outline-style", "solid")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")


def test_what_is_fetched_again_keeps_focus_and_scroll(shown, held):
    page = shown("/admin/workers", PHONE)
    table, link = page.locator(".table-responsive"), page.get_by_role("link", name="forest")
    link.focus()
    table.evaluate("box => { box.scrollLeft = 120; box.dataset.old = 'yes'; }")
    expect(page.locator("[data-old]")).to_have_count(0, timeout=REFRESHED_MS)
    expect(link).to_be_focused()
    assert table.evaluate("box => box.scrollLeft") == 120


def test_a_jail_that_opens_is_shown_and_told_without_a_reload(shown, register):
    register("near:7")
    page = shown("/admin")
    expect(page.get_by_role("status").filter(has_text="The jail holds")).to_be_visible()
    register("open:9", level="", open_layers=OPEN)
    alert = page.get_by_role("alert").filter(has_text="A worker may not run submissions")
    expect(alert).to_contain_text(OPEN, timeout=REFRESHED_MS)
    expect(page.locator("[data-live-summary]")).to_contain_text("States changed")
