"""A site to measure: a home of its own, gunicorn, a worker, and a student who speaks HTTP. For benchmarks."""

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import requests  # noqa: E402
from sqlalchemy import func, select, update  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

import config  # noqa: E402
from databoard import kits  # noqa: E402
from databoard.clock import utc_now  # noqa: E402
from databoard.models import Event, Worker  # noqa: E402
from databoard.ops import schema  # noqa: E402
from databoard.ops.serve import web_command  # noqa: E402
from databoard.services.base.database import open_engine, session_factory, transaction  # noqa: E402
from databoard.services.base.files import FileStore  # noqa: E402
from databoard.services.events import provisioning  # noqa: E402
from databoard.services.people import accounts  # noqa: E402
from databoard.services.teams import sign_ups, teams  # noqa: E402

EVENT, STUDENT, UP_WITHIN_S = "iris_test", "alice", 120.0
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Site:
    """A site with the iris event and one student, whose quota and waiting time are lifted.

    Parameters
    ----------
    folder : Path
        Where home and kits lie; emptied.
    database : str
        The URL of an empty database; SQLite in the home otherwise.
    """

    def __init__(self, folder: Path, database: str = ""):
        shutil.rmtree(folder, ignore_errors=True)
        problems = folder / "problems"
        shutil.copytree(
            ROOT / "problems/iris", problems / "iris", ignore=shutil.ignore_patterns("data", "__pycache__")
        )
        kits.prepare_and_describe(problems / "iris")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        own = {
            "HOME": folder / "home",
            "PROBLEMS": problems,
            "HOST": "127.0.0.1",
            "PORT": port,
            "WEB_WORKERS": 2,
        }
        own |= {"DB_URL": database, "LOG_LEVEL": "INFO"}
        bare = {name: text for name, text in os.environ.items() if not name.startswith("DATABOARD_")}
        self.environment = bare | {f"DATABOARD_{name}": str(value) for name, value in own.items()}
        self.folder, self.url, self.password = folder, f"http://127.0.0.1:{port}", secrets.token_urlsafe(12)
        self.config = config.load(self.environment)
        self.store = FileStore(self.config.home, self.config.problems)
        schema.upgrade(self.config.db_url)
        with self.transaction() as session:
            self._provision(session)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session on the site's database, which is committed when the block ends well."""
        with open_engine(self.config.db_url) as engine, transaction(session_factory(engine)) as session:
            yield session

    @contextlib.contextmanager
    def web(self) -> Iterator[None]:
        """Serve the site with gunicorn until the block ends."""
        with self._process("web", web_command(self.config, self.config.port)):
            deadline_s = time.monotonic() + UP_WITHIN_S
            while True:
                with contextlib.suppress(requests.ConnectionError):
                    requests.get(f"{self.url}/login", timeout=30).raise_for_status()
                    break
                if time.monotonic() > deadline_s:
                    raise SystemExit(f"The web server did not answer; see {self.folder / 'web.log'}.")
                time.sleep(0.1)
            yield

    @contextlib.contextmanager
    def worker(self, command: list[str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker until the block ends; it is registered when the block begins."""
        with self.transaction() as session:
            n_before = session.scalars(select(func.count(Worker.id))).one()
        with self._process("worker", command or [sys.executable, "-m", "fabric", "worker"]) as process:
            deadline_s = time.monotonic() + UP_WITHIN_S
            while not self._n_workers() > n_before:
                if process.poll() is not None or time.monotonic() > deadline_s:
                    raise SystemExit(f"The worker did not start; see {self.folder / 'worker.log'}.")
                time.sleep(0.02)
            yield process

    def _n_workers(self) -> int:
        with self.transaction() as session:
            return session.scalars(select(func.count(Worker.id)).where(Worker.jail_level != "")).one()

    @contextlib.contextmanager
    def _process(self, name: str, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()

    def _provision(self, session: Session) -> None:
        now = utc_now()
        user = accounts.create_user(
            session, name=STUDENT, email=f"{STUDENT}@example.org", password=self.password, now=now
        )
        provisioning.add_problem(session, name="iris", store=self.store, now=now)
        provisioning.add_event(session, name=EVENT, store=self.store, now=now)
        session.execute(update(Event).values(min_duration_between_submissions_s=0))
        event = session.scalars(select(Event)).one()
        team = teams.team_by_name(session, user.name)
        sign_ups.sign_up_team(session, event=event, team=team, store=self.store, now=now)


class Student:
    """A student who is logged in, over one connection that stays open."""

    def __init__(self, site: Site):
        self._site, self._http = site, requests.Session()
        self._post("/login", "/login", login=STUDENT, password=site.password)

    def submit(self, name: str, code: str) -> None:
        """Type the code into the sandbox, and submit it."""
        self.type(code)
        self.click(self.token(), name)

    def type(self, code: str) -> None:
        """Put code into the sandbox."""
        self._post(f"/events/{EVENT}/sandbox", f"/events/{EVENT}/sandbox/save", **{"file-classifier": code})

    def token(self) -> str:
        """Return the token of the sandbox's form."""
        return self._token_of(f"/events/{EVENT}/sandbox")

    def click(self, token: str, name: str) -> None:
        """Submit what lies in the sandbox."""
        form = {"csrf_token": token, "name": name}
        self._send(f"/events/{EVENT}/sandbox/submit", form)

    def page(self, path: str, known: dict[str, str] | None = None) -> str:
        """Return a page; empty when the server says that it is the one that `known` has the mark of."""
        mark = (known or {}).get(path)
        headers = {"If-None-Match": mark} if mark else {}
        answer = self._http.get(self._site.url + path, headers=headers, timeout=300)
        answer.raise_for_status()
        if known is not None and "ETag" in answer.headers:
            known[path] = answer.headers["ETag"]
        return answer.text

    def _token_of(self, page: str) -> str:
        found = _TOKEN.search(self.page(page))
        if found is None:
            raise SystemExit(f"{page} has no form.")
        return found[1]

    def _post(self, page: str, path: str, **form: str) -> None:
        self._send(path, form | {"csrf_token": self._token_of(page)})

    def _send(self, path: str, form: dict[str, str]) -> None:
        answer = self._http.post(self._site.url + path, form, allow_redirects=False, timeout=300)
        if answer.status_code != 303:
            raise SystemExit(f"POST {path} answered {answer.status_code}: {answer.text[:2000]}")
