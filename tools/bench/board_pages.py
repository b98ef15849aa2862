"""The addresses of a leaderboard that `boards` measures, and what one answer costs the server. Called by `boards`."""

import importlib
import importlib.util
from collections.abc import Mapping

from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session

import config
from databoard.models import Event
from tools.bench import web_site
from tools.bench.course import EVENT
from tools.bench.http_load import Found, Load, get
from tools.bench.web_site import CONSTANT as CONSTANT_URL
from tools.bench.web_site import Site

BOARD = f"/events/{EVENT}/leaderboard"
#: Whether the boards are stored rows with pages.
IS_STORED = importlib.util.find_spec("databoard.services.results.boards") is not None
FIRST, UNCHANGED, CONSTANT = "first page", "first page, unchanged (304)", "constant answer of that length"
#: The whole board as one file.
WHOLE = {"CSV": f"{BOARD}.csv", "JSON": f"{BOARD}.json"}
ROWS_A_PAGE = 100


def rebuild(session: Session, event: Event) -> None:
    """Fill the stored rows of a board that was written in bulk."""
    if IS_STORED:
        importlib.import_module("databoard.services.results.boards").rebuild(session, event)


def requests(site: Site, cookie: str, size: int) -> tuple[dict[str, str], int]:
    """Return the requests to measure by name, and the bytes of the first page.

    Raises
    ------
    SystemExit
        If an address does not answer with what its name says.
    """
    answer, page = site.ask("GET", BOARD, cookie=cookie)
    n_bytes, tag = len(page.encode()), answer.headers["ETag"]
    paths = {FIRST: BOARD}
    if IS_STORED:
        paths |= {
            "deep page": f"{BOARD}?page={max(1, size // ROWS_A_PAGE // 2)}",
            "sorted by time of training": f"{BOARD}?sort=train",
            "search for a team": f"{BOARD}?search=team00003",
        }
    for name, path in paths.items():
        answer, text = site.ask("GET", path, cookie=cookie)
        if answer.status != 200 or (name != FIRST and size > 2 * ROWS_A_PAGE and text == page):
            raise SystemExit(f"{path} answers {answer.status} and shows what the first page shows.")
    found = {name: get(path, cookie) for name, path in paths.items()}
    if tag:
        found[UNCHANGED] = get(BOARD, cookie, if_none_match=tag)
    return found | {CONSTANT: get(f"{CONSTANT_URL}{n_bytes}")}, n_bytes


def grown_bytes(environment: Mapping[str, str], path: str, student: str, password: str) -> int:
    """Read a whole board once; return the most memory that one process of the server took more than before.

    The server is a new one. A process that has built large pages keeps their memory, and would hide the growth.
    """
    with web_site.serve(environment) as site, Load(site.port) as load:
        cookie = site.log_in(student, password)
        load.run([get(f"/events/{EVENT}/my_submissions", cookie)], n_connections=8, seconds=1.0)
        pids = site.worker_pids()
        for pid in pids:
            web_site.forget_peak(pid)
        before = {pid: web_site.resident_bytes(pid) for pid in pids}
        read_whole(load, get(path, cookie))
        return max(web_site.resident_bytes(pid, is_peak=True) - before[pid] for pid in pids)


def read_whole(load: Load, request: str) -> Found:
    """Read a whole board once, alone.

    Raises
    ------
    SystemExit
        If it does not come.
    """
    found = load.run([request])
    if found.n_other_than(200):
        raise SystemExit(f"{request.splitlines()[0]}: {found.statuses}, {found.n_lost} lost.")
    return found


def n_statements(environment: Mapping[str, str], pages: Mapping[str, str], cookie: str) -> dict[str, int]:
    """Return how many statements each page sends, in this process, after it has been asked for once."""
    from databoard.app import create_app, db

    app, sent = create_app(config.load(environment)), list[str]()
    with app.app_context():
        engine = db.engine
    sa_event.listen(engine, "before_cursor_execute", lambda *words: sent.append(words[2]))
    found = {}
    for name, request in pages.items():
        if name == CONSTANT:
            continue
        path = request.split(" ", 2)[1]
        headers = dict(line.split(": ", 1) for line in request.split("\r\n")[1:] if line)
        for _ in range(2):
            sent.clear()
            app.test_client(use_cookies=False).get(path, headers=headers)
        found[name] = len(sent)
    engine.dispose()
    return found
