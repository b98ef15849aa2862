"""Load test: virtual students who do what real ones do, each with an account of its own.

    fab load_users:30,event=iris_test
    locust -f locustfile.py --headless -u 30 -r 3 -t 60s --html report.html --host http://127.0.0.1:8080

Without ``--headless`` open http://127.0.0.1:8089/. docs/load_test.md explains the journeys, the limits and the
variables. CSRF protection stays on: tokens are read from the pages, as a browser does. An answer that no student
should get (an error, a page with another title, a redirect to elsewhere) is a failure, and the exit code is 1.
"""

import csv
import html
import itertools
import os
import random
import re
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from gevent import GreenletExit, spawn
from locust import HttpUser, between, events, task

EVENT = os.environ.get("DATABOARD_EVENT", "iris_test")
HOME = Path(os.environ.get("DATABOARD_HOME") or Path(__file__).resolve().parent / "var")
ACCOUNTS_FILE = Path(os.environ.get("DATABOARD_LOAD_USERS") or HOME / "load_users.csv")
#: Between two journeys a student reads and thinks so long.
WAIT_S = [float(text) for text in os.environ.get("DATABOARD_LOAD_WAIT_S", "1,15").split(",")]
#: Limits of the time that pages take: of the median of each page, and of 95 % of all answers.
MEDIAN_MS = float(os.environ.get("DATABOARD_LOAD_MEDIAN_MS", "250"))
P95_MS = float(os.environ.get("DATABOARD_LOAD_P95_MS", "2000"))
#: Whether a student ends after one round of all journeys: a short test that sees each of them.
IS_ONE_ROUND = os.environ.get("DATABOARD_LOAD_ONE_ROUND", "") == "True"
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
HIDDEN_FIELD = re.compile(r'<input(?=[^>]* type="hidden")(?=[^>]* name="([^"]+)")(?=[^>]* value="([^"]*)")')
EDITOR = re.compile(r'<textarea[^>]*? name="(file-[^"]+)"[^>]*>\n?(.*?)</textarea>', re.DOTALL)
SUBMISSION = re.compile(r'href="/submissions/([\w-]+)"')


def known_accounts():
    """Return names and passwords: one from the environment, else those of the file; none if there is neither."""
    if os.environ.get("DATABOARD_USERNAME"):
        return [(os.environ["DATABOARD_USERNAME"], os.environ.get("DATABOARD_PASSWORD", ""))]
    if not ACCOUNTS_FILE.exists():
        return []
    with open(ACCOUNTS_FILE, newline="", encoding="utf-8") as file:
        return [(row["name"], row["password"]) for row in csv.DictReader(file)]


ACCOUNTS = known_accounts()
STUDENT_NUMBERS = itertools.count(1)
NEXT_ACCOUNT = itertools.cycle(ACCOUNTS)
IS_SHARED = bool(os.environ.get("DATABOARD_USERNAME"))


# What the whole test needs


@events.init.add_listener
def refuse_what_cannot_work(environment, **facts):
    """End with the line to type when the host or the accounts are missing."""
    options = environment.parsed_options
    n_users = (options and options.num_users) or 1
    if not environment.host:
        refuse("Which server? Type: locust -f locustfile.py --host http://127.0.0.1:8080")
    if not ACCOUNTS or (not IS_SHARED and n_users > len(ACCOUNTS)):
        refuse(
            f"{len(ACCOUNTS)} accounts for {n_users} students. Type: fab load_users:{n_users},event={EVENT}"
        )


def refuse(text):
    print(f"locust: {text}", file=sys.stderr, flush=True)
    os._exit(1)  # Locust logs a SystemExit of a listener, and goes on


@events.quitting.add_listener
def judge(environment, **facts):
    """Print which limits were not kept; the exit code is 1 then, as after a failure."""
    stats = environment.stats
    broken = [] if stats.total.num_requests else ["no request was made"]
    if stats.total.num_failures:
        broken.append(f"{stats.total.num_failures} of {stats.total.num_requests} answers were wrong")
    for entry in stats.entries.values():
        if entry.method == "GET" and entry.median_response_time > MEDIAN_MS:
            broken.append(f"{entry.name}: median {entry.median_response_time:.0f} ms, limit {MEDIAN_MS:g} ms")
    p95_ms = stats.total.get_response_time_percentile(0.95) or 0
    if p95_ms > P95_MS:
        broken.append(f"95 % of all answers within {p95_ms:.0f} ms, limit {P95_MS:g} ms")
    environment.process_exit_code = 1 if broken else 0
    for line in broken:
        print(f"load test: {line}", file=sys.stderr)
    print(f"load test: {'not passed' if broken else 'passed'}", file=sys.stderr, flush=True)


def end_after_the_last(environment):
    """End the test when all students have ended; another would wait for the end of its time."""
    if next(STUDENT_NUMBERS) >= environment.parsed_options.num_users:
        spawn(environment.runner.quit)  # not in the greenlet of a student, which ends meanwhile


# Students


class Student(HttpUser):
    """Logs in, goes on each journey once, then on one after the other, the frequent ones more often."""

    wait_time = between(*WAIT_S)

    def on_start(self):
        """Log in and see that it worked; a student that cannot log in does nothing else."""
        self.name, password = next(NEXT_ACCOUNT)
        self.slugs = []
        page = self.page("/login", "Log in")
        self.send("/login", {**fields_of(page), "login": self.name, "password": password}, leads_to="/")
        if f"Signed in as {self.name}<" not in self.page("/", "Data challenges"):
            failure = PermissionError(f"{self.name} could not log in")
            events.request.fire(
                request_type="LOGIN", name="verified", response_time=0, response_length=0, exception=failure
            )
            end_after_the_last(self.environment)
            raise GreenletExit  # a StopUser in on_start would be logged with a traceback
        for journey in random.sample(list(dict.fromkeys(self.tasks)), len(set(self.tasks))):
            journey(self)
            time.sleep(self.wait_time())
        if IS_ONE_ROUND:
            end_after_the_last(self.environment)
            raise GreenletExit

    @task(10)
    def look_at_the_board(self):
        self.page(f"/events/{EVENT}/leaderboard", "Leaderboard")

    @task(4)
    def save_in_the_sandbox(self):
        form = self.changed_sandbox()
        if form:
            self.send(f"/events/{EVENT}/sandbox/save", form, leads_to=f"/events/{EVENT}/sandbox")
            self.page(f"/events/{EVENT}/sandbox", "Sandbox")

    @task(3)
    def browse(self):
        self.page("/", "Data challenges")
        self.page(f"/events/{EVENT}", "")
        problem = re.search(r'href="(/problems/[^"/]+)"', self.page(f"/events/{EVENT}", ""))
        if problem:
            self.page(problem[1], "", name="/problems/[name]")

    @task(3)
    def watch_live(self):
        """Look at the latest submission while it trains, as its page does by itself."""
        if not self.slugs:
            self.submit()
        for slug in self.slugs[:1]:
            self.page(f"/submissions/{slug}", "", name="/submissions/[slug]")
            for _ in range(3):
                self.get(f"/submissions/{slug}/state.json", '"state"', name="/submissions/[slug]/state.json")
                time.sleep(min(2.0, WAIT_S[1]))

    @task(2)
    def submit(self):
        form = self.changed_sandbox()
        if form:
            form["name"] = f"load_{random.randrange(10**9)}"  # noqa: S311
            self.send(f"/events/{EVENT}/sandbox/submit", form, leads_to=f"/events/{EVENT}/my_submissions")
            self.look_at_own_submissions()

    @task(2)
    def look_at_own_submissions(self):
        self.slugs = SUBMISSION.findall(self.page(f"/events/{EVENT}/my_submissions", "My submissions"))

    @task(1)
    def look_at_the_ledger(self):
        self.page(f"/events/{EVENT}/quota", "Quota")

    @task(1)
    def download_the_starting_kit(self):
        self.get(f"/events/{EVENT}/starting_kit", "PK")

    # What journeys are made of

    def get(self, url, expected, *, name=None):
        """Return the text of an answer; one without `expected`, or a redirect, is a failure."""
        with self.client.get(url, name=name or url, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"expected 200, got {answer.status_code} {answer.headers.get('Location', '')}")
                return ""
            if expected not in answer.text:
                answer.failure(f"expected {expected!r} in the answer")
            return answer.text

    def page(self, url, title, *, name=None):
        """Return the text of a page; another title, or a redirect, is a failure."""
        with self.client.get(url, name=name or url, allow_redirects=False, catch_response=True) as answer:
            found = TITLE.search(answer.text or "")
            shown = html.unescape(found[1]).strip() if found else ""
            if answer.status_code != 200:
                answer.failure(f"expected 200, got {answer.status_code} {answer.headers.get('Location', '')}")
            elif not (shown.startswith(title) and shown.endswith("· Databoard")):
                answer.failure(f"expected the title {title!r}, got {shown!r}")
            return answer.text or ""

    def send(self, url, form, *, leads_to):
        """Send a form. A redirect to elsewhere is a failure; a submission that comes too early is refused rightly."""
        with self.client.post(url, form, allow_redirects=False, catch_response=True) as answer:
            place = urlsplit(answer.headers.get("Location", "")).path
            is_rightly_refused = url.endswith("/submit") and answer.status_code == 429
            is_conflict = (
                IS_SHARED and answer.status_code == 409
            )  # another student of this account saved meanwhile
            if is_rightly_refused or is_conflict or (answer.status_code == 303 and place == leads_to):
                answer.success()
            else:
                answer.failure(f"expected 303 to {leads_to}, got {answer.status_code} {place}")

    def changed_sandbox(self):
        """Open the sandbox; return its form with the code changed a little, as after a thought."""
        page = self.page(f"/events/{EVENT}/sandbox", "Sandbox")
        editors = {name: html.unescape(code) for name, code in EDITOR.findall(page)}
        variant = f"\nVARIANT = {random.randrange(10**6)}\n"  # noqa: S311
        changed = {name: re.sub(r"\nVARIANT = \d+\n", "", code) + variant for name, code in editors.items()}
        return {**fields_of(page), **changed} if changed else {}


def fields_of(page):
    """Return the hidden fields of a page, the CSRF token among them."""
    return {name: html.unescape(value) for name, value in HIDDEN_FIELD.findall(page)}
