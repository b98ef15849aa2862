"""Every page of a site in full use, for every role, in both themes, on a phone and on a desk: everybody can use it.

axe-core looks for what is known to shut people out, ``SHAPE`` for what it does not look for. The pages come from the
routes of the application, so that a new one is looked at by itself.
"""

import re
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from playwright.sync_api import expect

from tests import busy_site
from tests.browser.conftest import LOOKS, look_at

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 844}
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
#: Rows of a table after the eighth are made like those before; looking at each costs minutes. No rule that runs reads
#: the text of style sheets, so axe need not load it.
RUN_AXE = """async (rules) => {
  document.getAnimations().forEach((animation) => animation.cancel());
  const options = { resultTypes: ["violations"], preload: { assets: ["media"] }, ...(rules && { runOnly: rules }) };
  const found = await axe.run({ exclude: "tbody > tr:nth-child(n + 9)" }, options);
  return found.violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id}: ${target}: ${failureSummary}`));
}"""
#: The rules whose verdict depends on colours or on what scrolls. All others see the same where the same is shown.
LOOK_RULES = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]
#: Which elements are visible, one digit each; not which picture is on the button that switches the theme.
VISIBLE = """() => [...document.querySelectorAll("*:not([data-theme-toggle] *)")]
  .map((element) => +element.checkVisibility({ visibilityProperty: true })).join("")"""
#: What differs each time a page is made.
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')
MAIN = re.compile("<main.*</main>", re.DOTALL)
#: One title, inside main, larger than all other text; links told by a line; what scrolls is reached by keyboard.
SHAPE = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  const style = (element) => getComputedStyle(element);
  const size = (element) => parseFloat(style(element).fontSize);
  const titles = all("h1");
  const isWritten = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const texts = all("body *").filter((element) => isWritten(element) && !element.closest("h1"));
  const isTold = (link) => style(link).textDecorationLine.includes("underline");
  const isReached = (element) => element.tabIndex >= 0 || element.querySelector("a, button, input, [tabindex='0']");
  const scrolls = all("body *").filter((element) =>
    ["auto", "scroll"].includes(style(element).overflowX) && element.scrollWidth > element.clientWidth);
  return [
    ...(titles.length === 1 && titles[0].closest("main") ? [] : [`${titles.length} h1, one is expected in main`]),
    ...texts.filter((element) => size(element) >= size(titles[0])),
    ...all("nav").filter((nav) => !nav.closest("main, header")),
    ...all("main a:not(.btn, .nav-link, .page-link)").filter((link) => !isTold(link)),
    ...all(".table-responsive:not([tabindex='0'][role='region'][aria-label])"),
    ...scrolls.filter((element) => !isReached(element)),
  ].map((fault) => fault.outerHTML?.slice(0, 200) ?? fault);
}"""


@pytest.fixture
def stage(session, store):
    return busy_site.fill(session, store, datetime.now(UTC))


@pytest.fixture
def faults(open_browser):
    """Return a function: page -> what is wrong with it in every look."""

    def faults(page):
        page.evaluate(AXE)
        found, seen = [], set()
        for width, scheme in LOOKS:
            look_at(page, width, scheme)
            shown = page.evaluate(VISIBLE)
            wrong = page.evaluate(RUN_AXE, LOOK_RULES if shown in seen else None) + page.evaluate(SHAPE)
            seen.add(shown)
            found += [f"{page.url} {scheme} {width}: {fault}" for fault in wrong]
        return found

    return faults


def is_page(answer):
    return answer.status in {200, 404} and answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "roles", [(None,), ("alice",), ("olga", "root")], ids=["strangers", "alice", "organisers"]
)
def test_nobody_is_shut_out_of_a_page(open_browser, faults, application, stage, roles):
    found, seen = [], set()
    for role in roles:  # root sees most of what olga sees: what lies in `main` is looked at once
        page, n_before = open_browser(login=role, viewport=DESK), len(seen)
        for url in [*busy_site.addresses(application, stage), "/nowhere"]:
            answer = page.request.get(url, max_redirects=0)
            if is_page(answer) and (main := main_of(answer.text())) not in seen:
                seen.add(main)
                page.goto(url)
                found += faults(page)
        assert len(seen) > n_before, f"nothing but what others see: {role}"
    assert not found, "\n".join(found)
    assert len(seen) > 5


def main_of(text):
    """Return what differs between the pages of a role: a page without what is around its content."""
    return MAIN.search(TOKEN.sub("", text)).group()


def refuse_login(page):
    page.goto("/login")
    page.get_by_label("User name or e-mail").fill("alice")
    page.get_by_label("Password").fill("not her password")
    page.get_by_role("main").get_by_role("button", name="Log in").click()


def refuse_sign_up(page):
    page.goto("/sign_up")
    page.get_by_label("User name").fill("1 x")
    page.get_by_label("E-mail", exact=True).fill("x@example.org")
    page.get_by_label("Password", exact=True).fill("four ordinary words")
    page.get_by_label("Password again").fill("five ordinary words")
    page.get_by_role("button", name="Ask for an account").click()


def refuse_approvals(page):
    page.goto("/approve_users")
    page.get_by_role("button", name="Refuse the selected").click()


def refuse_submission(page):
    page.goto("/events/iris_test/sandbox")
    page.get_by_label("Submission name").fill("forest")
    page.get_by_role("button", name="Save and submit").click()


REFUSALS = [
    (refuse_login, None, "is wrong"),
    (refuse_sign_up, None, "The two passwords differ."),
    (refuse_approvals, "root", "Nothing is selected."),
    (refuse_submission, "alice", "Your team has a submission called forest."),
    (lambda page: page.goto("/events/iris_closed/quota?team=charlie"), "alice", "is for its members"),
]


@pytest.mark.parametrize("has_javascript", [True, False])
@pytest.mark.parametrize(("refuse", "role", "reason"), REFUSALS)
def test_a_refusal_takes_the_focus(open_browser, faults, stage, refuse, role, reason, has_javascript):
    page = open_browser(login=role, java_script_enabled=has_javascript)
    refuse(page)
    refusal = page.get_by_role("alert").filter(has_text=reason)
    expect(refusal).to_be_focused()
    expect(refusal).to_be_in_viewport()
    assert faults(page) == [] if has_javascript else page.locator("[autofocus]").count() == 1


def test_a_refused_field_is_one_link_away(open_browser):
    page = open_browser()
    refuse_sign_up(page)
    page.get_by_role("alert").get_by_role("link", name="User name").click()
    expect(page.get_by_label("User name")).to_have_attribute("aria-invalid", "true")
    expect(page).to_have_url(re.compile("#name$"))


@pytest.mark.parametrize("has_javascript", [True, False])
def test_the_menu_of_the_account_logs_out(open_browser, has_javascript):
    page = open_browser(login="alice", java_script_enabled=has_javascript, viewport=PHONE)
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    page.get_by_text("Your account, Alice").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    expect(page.get_by_role("button", name="Dismiss")).to_be_visible(visible=has_javascript)


def test_the_menu_of_the_account_closes_like_a_menu(open_browser):
    page = open_browser(login="alice")
    account, log_out = page.locator("summary"), page.get_by_role("button", name="Log out")
    account.click()
    expect(log_out).to_be_visible()
    page.keyboard.press("Escape")
    expect(log_out).to_be_hidden()
    expect(account).to_be_focused()
    account.click()
    page.get_by_role("heading", name="Events").click()
    expect(log_out).to_be_hidden()


def test_a_phone_shows_the_way_to_an_account(open_browser):
    page = open_browser(viewport=PHONE)
    page.get_by_role("banner").get_by_role("link", name="Sign up").click()
    expect(page.get_by_role("heading", name="Ask for an account")).to_be_visible()


@pytest.mark.parametrize("role", [None, "root"])
def test_the_bar_fits_the_narrowest_phone(open_browser, role):
    page = open_browser(login=role, viewport={"width": 320, "height": 568})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    expect(page.get_by_role("banner").get_by_role("link", name="Databoard")).to_be_visible()


def test_the_keyboard_scrolls_a_wide_board(open_browser, stage):
    page = open_browser(login="alice", viewport=PHONE)
    page.goto("/events/iris_closed/leaderboard")
    board = page.get_by_role("region", name="Leaderboard")
    board.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")
