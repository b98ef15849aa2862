"""A real browser in front of a real server: Chromium, the web application, the training worker in its jail.

Every page that a test opens is watched: a violation of the Content-Security-Policy, an error of a script or a
warning of the console fails the test.
"""

import os
import re
import shutil
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

import config
from databoard.app import create_app, db
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.events import events
from tests.support.programs import running

PASSWORD = "four ordinary words"
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
#: Every look that a page has: the width of a desk and of a phone, in both themes.
LOOKS = tuple(product((1280, 390), ("light", "dark")))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
#: As long as Playwright waits for a click. How fast a page answers is measured elsewhere.
PATIENCE_MS = 30_000
# The lowest contrast of any text with what lies behind it, and that text.
CONTRAST = """() => {
  document.getAnimations().forEach((animation) => animation.cancel());  // colours on their way to another theme
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const paper = pen.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      paper.clearRect(0, 0, 1, 1); paper.fillStyle = colour; paper.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = paper.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.unshift(rgba(getComputedStyle(e).backgroundColor));
    return layers.reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  let lowest = [21, ""];
  for (const element of document.querySelectorAll("body *")) {
    const isText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!isText || !element.checkVisibility()) continue;
    if (element.closest(":disabled, .disabled, .visually-hidden, .skip-link")) continue;
    const below = behind(element), ink = over(rgba(getComputedStyle(element).color), below);
    const [high, low] = [light(ink), light(below)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < lowest[0]) lowest = [ratio, element.textContent.trim().slice(0, 40)];
  }
  return lowest;
}"""


@pytest.fixture(scope="session")
def chromium():
    """The installed browser; its absence fails the tests with the line that installs it."""
    path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if path is None:
        pytest.fail("A browser is missing. Install it: sudo apt-get install -y chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def database_kind():
    return "sqlite"


@pytest.fixture
def environment(home, problems, database_url):
    """The settings of the server and the worker; the iris event is open today."""
    today = datetime.now(UTC)
    engine = make_engine(database_url)
    with transaction(session_factory(engine)) as session:
        event = events.event_by_name(session, "iris_test")
        event.opens_at, event.public_opens_at = today - timedelta(days=2), today - timedelta(days=1)
        event.closes_at = today + timedelta(days=9)
    engine.dispose()
    return {
        "DATABOARD_ENV": "testing",
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": database_url,
        "DATABOARD_SECRET_KEY": "k7Qx-m2Lp-9TzR-4bWc-Y8nP-e5Hd-uJ",
    }


@pytest.fixture
def application(environment):
    """The web application that the browser sees."""
    app = create_app(config.load(environment))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def address(application):
    """Where the server listens."""
    server = make_server("127.0.0.1", 0, _closed_in_any_case(application), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _closed_in_any_case(application):
    """Close every answer: Werkzeug's server leaves its file open when the browser hangs up at the wrong moment."""

    def answer(environ, start_response):
        with closing(application(environ, start_response)) as parts:
            yield from parts

    return answer


@pytest.fixture
def worker(environment):
    """The training worker, a process of its own."""
    with running([sys.executable, "-m", "fabric", "worker"], {**os.environ, **environment}) as process:
        yield process


@pytest.fixture
def open_browser(chromium, address):
    """Return a function: options of a window -> its page at the server; complaints fail the test at the end."""
    contexts, complaints = [], []

    def open_browser(login=None, **options):
        context = chromium.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: _keep(complaints, page, message))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        if login is not None:
            log_in(context, login)
        page.goto("/")
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert complaints == []


def log_in(context, name):
    """Log in as the form does, without showing it; `test_main_job` fills it in."""
    token = TOKEN.search(context.request.get("/login").text()).group(1)
    form = {"csrf_token": token, "login": name, "password": PASSWORD}
    answer = context.request.post("/login", form=form)
    assert answer.ok and not answer.url.endswith("/login")


def _keep(complaints, page, message):
    # A rule's answer, or that of a busy database: shown on the page. htmx reports it once more.
    shown = (
        "responded with a status of 4",
        "responded with a status of 503",
        "Response Status Error Code 4",
        "Response Status Error Code 503",
    )
    is_refusal = any(words in message.text for words in shown)
    if message.type in {"error", "warning"} and not is_refusal:
        complaints.append(f"{page.url}: {message.text}")


def look_at(page, width, scheme):
    """Give the page another width and theme, without loading it again."""
    if page.viewport_size["width"] != width:
        page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("scheme => document.documentElement.dataset.bsTheme === scheme", arg=scheme)


@pytest.fixture
def unreadable():
    """Return a function: page -> what cannot be read on it in any look: it scrolls sideways, or lacks contrast."""

    def unreadable(page):
        page.wait_for_load_state("networkidle")
        found = []
        for width, scheme in LOOKS:
            look_at(page, width, scheme)
            sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            ratio, words = page.evaluate(CONTRAST)
            look = f"{page.url} {scheme} {width}"
            found += [f"{look}: scrolls {sideways} px sideways"] if sideways > 0 else []
            found += [f"{look}: {words!r} has contrast {ratio:.2f}"] if ratio < 4.5 else []
        return found

    return unreadable
