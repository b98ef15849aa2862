"""The addresses of a leaderboard that `boards` measures, and what one answer costs the server. Called by `boards`."""

import re
from collections.abc import Mapping

from sqlalchemy import event as sa_event
from sqlalchemy import select

import config
from databoard.models import LeaderboardRow
from databoard.services.base.database import transaction
from tools.bench import web_site
from tools.bench.course import EVENT, Course
from tools.bench.http_load import Found, Load, get
from tools.bench.web_site import Site

BOARD = f"/events/{EVENT}/leaderboard"
FIRST, UNCHANGED, CONSTANT = "first page", "first page, unchanged (304)", "constant answer of that length"
FLOOR = "empty Flask route with session and one statement, of that length"
#: What the product does not answer, to compare with.
BESIDE = (FLOOR, CONSTANT)
#: The whole board as one file.
WHOLE = {"CSV": f"{BOARD}.csv", "JSON": f"{BOARD}.json"}
#: A team that is searched for.
TEAM = "team00003"


def requests(course: Course, site: Site, cookie: str) -> tuple[dict[str, str], int]:
    """Return the requests to measure by name, and the bytes of the first page.

    Raises
    ------
    SystemExit
        If a page does not begin with the row that its name says.
    """
    found = {}
    for name, (path, first_id) in pages(course).items():
        answer, page = site.ask("GET", path, cookie=cookie)
        ids = re.findall(r'id="row-(\d+)"', page)
        if answer.status != 200 or ids[:1] != [str(first_id)]:
            raise SystemExit(f"{path} answers {answer.status} and begins with {ids[:1]}, not {first_id}.")
        found[name] = get(path, cookie)
    n_bytes = len(site.ask("GET", BOARD, cookie=cookie)[1].encode())
    found[UNCHANGED] = unchanged(site, cookie)
    floor = get(f"{web_site.FLOOR}{n_bytes}", cookie)
    return found | {FLOOR: floor, CONSTANT: get(f"{web_site.CONSTANT}{n_bytes}")}, n_bytes


def unchanged(site: Site, cookie: str) -> str:
    """Return the request of a browser that has the first page as it is now."""
    return get(BOARD, cookie, if_none_match=site.ask("GET", BOARD, cookie=cookie)[0].headers["ETag"])


def pages(course: Course) -> dict[str, tuple[str, int | None]]:
    """Return address and first submission of each page by name."""
    row = LeaderboardRow
    with transaction(course.sessions) as session:
        of_event = select(row.submission_id).where(row.event_id == course.event(session).id)
        best = list(session.scalars(of_event.order_by(row.public_key, row.submitted_at)))
        quickest = session.scalar(of_event.order_by(row.train_time_s, row.public_key).limit(1))
        of_team = session.scalar(of_event.where(row.team_name == TEAM).order_by(row.public_key).limit(1))
    before_middle, middle = best[len(best) // 2 - 1], best[len(best) // 2]
    return {
        FIRST: (BOARD, best[0]),
        "deep page": (f"{BOARD}?after={before_middle}", middle),
        "sorted by time of training": (f"{BOARD}?sort=train_time_s", quickest),
        "search for a team": (f"{BOARD}?q={TEAM}", of_team),
    }


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
        if name in BESIDE:
            continue
        path = request.split(" ", 2)[1]
        headers = dict(line.split(": ", 1) for line in request.split("\r\n")[1:] if line)
        for _ in range(2):
            sent.clear()
            answer = app.test_client(use_cookies=False).get(path, headers=headers)
        if answer.status_code != (304 if name == UNCHANGED else 200):
            raise SystemExit(f"{name} answers {answer.status_code} in this process.")
        found[name] = len(sent)
    engine.dispose()
    return found
