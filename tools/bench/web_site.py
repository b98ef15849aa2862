"""A web server as production runs it, for a benchmark: gunicorn by the command of ``fab serve``, and two URLs more.

The URL ``/-/constant/<bytes>`` answers with that many bytes before the application sees the request. It shows what
the same gunicorn can do at most. The URL ``/-/floor/<bytes>`` answers the same from an empty Flask application that
reads its session and sends one statement. It shows what a page with a visitor costs at least. Nothing of both is in
the product.
"""

import atexit
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask, session
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, sessionmaker

import config
from databoard.models import User, Worker
from databoard.ops.serve import end_group, web_command
from databoard.services.base.database import open_engine, transaction

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROOT = Path(__file__).resolve().parents[2]
CONSTANT, FLOOR = "/-/constant/", "/-/floor/"
WEB_WORKERS = 2
WORKER = (sys.executable, "-m", "fabric", "worker")
START_WITHIN_S = 60.0
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def constant_application() -> "Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]":
    """Return the web application behind the two URLs more; gunicorn calls this in each of its processes."""
    import manage

    application, bodies = manage.application(), dict[int, bytes]()
    floor = floor_application(config.load(os.environ))

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(FLOOR):
            return floor.wsgi_app(environ, start_response)
        if not path.startswith(CONSTANT):
            return application(environ, start_response)
        length = int(path.removeprefix(CONSTANT))
        body = bodies.setdefault(length, b"x" * length)
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(length))])
        return [body]

    return answer


def floor_application(config: config.Config) -> Flask:
    """Return an application with one route: it reads who asks from the cookie, and their row by one statement."""
    app, of_process = Flask("floor", static_folder=None), ExitStack()
    atexit.register(of_process.close)
    engine = of_process.enter_context(open_engine(config.db_url))
    app.config.update(SECRET_KEY=config.secret_key, SESSION_COOKIE_NAME="databoard")
    user = select(User.name, User.session_key).where(User.id == bindparam("user_id"))

    @app.get(f"{FLOOR}<int:length>")
    def answer(length: int) -> str:
        with engine.connect() as connection:
            connection.execute(user, {"user_id": int(session["_user_id"].partition(":")[0])}).one()
        return "x" * length

    return app


def settings(home: Path, problems: Path, url: str, port: int = 0) -> dict[str, str]:
    """Return the environment of a production server on this database."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("DATABOARD_")}
    return kept | {
        "DATABOARD_ENV": "production",
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": url,
        "DATABOARD_SECRET_KEY": secrets.token_hex(32),
        "DATABOARD_HOST": "127.0.0.1",
        "DATABOARD_HOSTS": "127.0.0.1",
        "DATABOARD_PORT": str(port or 8080),
        "DATABOARD_WEB_WORKERS": str(WEB_WORKERS),
        "DATABOARD_LOG_LEVEL": "WARNING",
    }


@dataclass(frozen=True)
class Site:
    """A web server that runs."""

    port: int
    pid: int

    def worker_pids(self) -> list[int]:
        """Return the processes that answer."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def ask(
        self,
        method: str,
        path: str,
        *,
        cookie: str = "",
        body: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[HTTPResponse, str]:
        """Send one request on a connection of its own; return answer and text."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        sent = {"Cookie": cookie, **form, **(headers or {})}
        connection.request(method, path, body or None, {name: text for name, text in sent.items() if text})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text

    def log_in(self, name: str, password: str) -> str:
        """Log a user in by the form and look at the first page, as a browser does; return its cookies."""
        answer, page = self.ask("GET", "/login")
        token = TOKEN.search(page)
        if token is None:
            raise RuntimeError(f"The log-in page has no form ({answer.status}).")
        body = urlencode({"csrf_token": token[1], "login": name, "password": password})
        cookie = _with_cookies("", answer)
        answer, _ = self.ask("POST", "/login", cookie=cookie, body=body)
        if answer.status != 303:
            raise RuntimeError(f"{name} could not log in ({answer.status}).")
        cookie = _with_cookies(cookie, answer)
        return _with_cookies(cookie, self.ask("GET", "/", cookie=cookie)[0])


@contextmanager
def serve(
    environment: Mapping[str, str], application: str = "tools.bench.web_site:constant_application()"
) -> Iterator[Site]:
    """Start gunicorn for an `environment` of :func:`settings`; yield the site when it answers, end it afterwards."""
    port = free_port()
    environment = {**environment, "DATABOARD_PORT": str(port)}
    command = web_command(config.load(environment), port)
    # No process is replaced after so many requests: its start would fall into one of the figures.
    command[-1:] = ["--max-requests", "0", application]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        site = Site(port, process.pid)
        await_first_answer(site, process)
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        end_group(process)


@contextmanager
def worker(
    environment: Mapping[str, str], command: Sequence[str] = WORKER
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker of the site while the block lasts."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(environment), stdout=sys.stderr, start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        end_group(process)


def await_registered(sessions: sessionmaker[Session], n: int, process: "subprocess.Popen[bytes]") -> None:
    """Return as soon as `n` workers have said what their jail is.

    Raises
    ------
    RuntimeError
        If the process of the last one ends, or it does not come in time.
    """
    deadline_s = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with transaction(sessions) as session:
            if session.scalars(select(func.count(Worker.id)).where(Worker.jail_level != "")).one() >= n:
                return
        time.sleep(0.02)
    raise RuntimeError(f"The worker did not start within {START_WITHIN_S:g} s.")


def await_first_answer(site: Site, process: "subprocess.Popen[Any]") -> None:
    """Return as soon as the server answers a request with 200.

    Raises
    ------
    RuntimeError
        If it ends, or does not answer in time.
    """
    deadline_s = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline_s and process.poll() is None:
        try:
            if site.ask("GET", "/healthcheck")[0].status == 200:
                return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"The web server did not answer within {START_WITHIN_S:g} s.")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def resident_bytes(pid: int, *, is_peak: bool = False) -> int:
    """Return the memory of a process: now, or its peak since it began or since :func:`forget_peak`."""
    name = "VmHWM" if is_peak else "VmRSS"
    (kibibytes,) = re.findall(rf"^{name}:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(kibibytes) * 1024


def forget_peak(pid: int) -> None:
    """Let the peak of a process begin now (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _with_cookies(cookie: str, answer: HTTPResponse) -> str:
    """Return the cookies that a browser has after an answer, which may replace some."""
    changed = [text.partition(";")[0] for text in answer.msg.get_all("Set-Cookie", [])]
    pairs = [text.partition("=") for text in [*filter(None, cookie.split("; ")), *changed]]
    return "; ".join(f"{name}={value}" for name, value in {name: value for name, _, value in pairs}.items())
