"""Load test: students who watch the leaderboard and sometimes submit.

    DATABOARD_USERNAME=alice DATABOARD_PASSWORD=… locust -f locustfile.py --host http://127.0.0.1:8080

then open http://127.0.0.1:8089/. DATABOARD_EVENT names the event (iris_test). CSRF protection stays on: the token is
read from the page, as a browser does. Submissions beyond the event's waiting time are refused with 429; that answer
counts as a success here, because refusing fast is what the server should do.
"""

import os
import random
import re

from locust import HttpUser, between, task

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Student(HttpUser):
    """Logs in once, then looks at the leaderboard twice as often as it submits."""

    wait_time = between(1, 15)
    event = os.environ.get("DATABOARD_EVENT", "iris_test")

    def on_start(self):
        page = self.client.get("/login")
        self.client.post(
            "/login",
            {
                "csrf_token": token_of(page.text),
                "login": os.environ["DATABOARD_USERNAME"],
                "password": os.environ["DATABOARD_PASSWORD"],
            },
        )

    @task(10)
    def leaderboard(self):
        self.client.get(f"/events/{self.event}/leaderboard")

    @task(5)
    def submit(self):
        page = self.client.get(f"/events/{self.event}/sandbox")
        form = {"csrf_token": token_of(page.text), "name": f"locust_{random.randrange(10**9)}"}  # noqa: S311
        url = f"/events/{self.event}/sandbox/submit"
        with self.client.post(url, form, catch_response=True) as answer:
            if answer.status_code == 429:
                answer.success()


def token_of(page: str) -> str:
    """Return the CSRF token of a page with a form; the empty string when there is none."""
    found = TOKEN.search(page)
    return found.group(1) if found else ""
