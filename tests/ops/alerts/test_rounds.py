"""Alerts: one message per kind and hour, one when it is over, and none is lost while a server is away."""

from datetime import timedelta

import pytest

import config
from databoard.models import Alert
from databoard.ops.alerts import rounds
from databoard.ops.schedule.entries import ENTRIES
from databoard.ops.schedule.tick import tick
from databoard.queries import checks
from databoard.services.queue import workers

MINUTE = timedelta(minutes=1)


@pytest.fixture
def environ(database_url, home, problems, mail_server, hook):
    names = {
        "HOME": home,
        "PROBLEMS": problems,
        "DB_URL": database_url,
        "MIN_FREE_BYTES": 0,
        "HOSTS": "board.example.org",
        "ALERT_MAIL": "root@example.org,olga@example.org",
        "ALERT_WEBHOOK": f"http://127.0.0.1:{hook.server_address[1]}/x",
        "MAIL": "smtp",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": mail_server.server_address[1],
        "SMTP_TLS": "none",
    }
    return {f"DATABOARD_{name}": str(value) for name, value in names.items()}


@pytest.fixture
def look(environ, now):
    """Look after so many minutes."""
    return lambda minutes=0, **changed: rounds.look(
        config.load({**environ, **changed}), now + minutes * MINUTE
    )


@pytest.fixture
def start_worker(sessions, now):
    """Start a worker that lives for an hour; nothing else is wrong with the site then."""

    def start_worker(level="A", minutes=0):
        facts = {"host": "near", "pid": 7, "engine": "local", "n_slots": 1, "jail_level": level}
        with sessions.begin() as session:
            workers.register(session, name="near:7", now=now + minutes * MINUTE, **facts)

    return start_worker


def kinds(posts):
    return [(post["kind"], post["is_over"]) for post in posts]


def test_a_trouble_is_told_once_an_hour_and_once_when_it_is_over(look, start_worker, mail_server, hook):
    look()  # no worker runs
    assert hook.posts[0] == {
        "kind": "workers",
        "text": "No worker runs.",
        "fix": "fab worker",
        "is_over": False,
        "host": "board.example.org",
    }
    (mail,) = mail_server.mails
    assert (mail["Subject"], mail["To"]) == (
        "[databoard board.example.org] look at workers",
        "root@example.org, olga@example.org",
    )
    assert "workers: No worker runs.\nFix: fab worker" in mail.get_content()
    look(5)
    look(59)
    assert len(hook.posts) == len(mail_server.mails) == 1
    look(60)
    assert len(hook.posts) == len(mail_server.mails) == 2
    start_worker(minutes=65)
    for minutes in (65, 66):
        look(minutes)
    assert kinds(hook.posts)[2:] == [("workers", True)]
    assert mail_server.mails[2]["Subject"].endswith("over: workers") and len(mail_server.mails) == 3


def test_one_that_comes_and_goes_is_not_told_more_often(look, start_worker, sessions, hook):
    for minutes in range(0, 50, 10):
        start_worker("none" if minutes % 20 == 0 else "A", minutes)
        look(minutes)
    assert kinds(hook.posts) == [("jail", False), ("jail", True)]
    with sessions() as session:
        assert session.query(Alert).filter_by(kind="jail").count() == 3


def test_what_could_not_be_sent_is_sent_when_the_server_is_back(
    look, environ, sessions, mail_server, hook, now
):
    hook.answer = 500
    said = look(DATABOARD_SMTP_PORT="1")
    assert "mail: 127.0.0.1:1: " in said and "webhook: The webhook answers 500." in said
    with sessions() as session:
        found = {row.name: row for row in checks.run(checks.Site(session, config.load(environ), now))}
    assert found["mail"].text == "The alert workers could not be sent. Webhook: The webhook answers 500."
    hook.answer = 200
    look(5)
    assert ("workers", False) in kinds(hook.posts) and len(mail_server.mails) == 1
    look(10)
    with sessions() as session:
        assert "mail" not in {row.name for row in checks.run(checks.Site(session, config.load(environ), now))}


def test_an_answer_that_leads_elsewhere_is_not_followed(look, hook):
    hook.answer = 307
    assert "The webhook answers 307." in look() and hook.posts == []


def test_a_server_that_is_away_breaks_no_tick(environ, hook, now):
    settings = config.load({**environ, "DATABOARD_SMTP_PORT": "1"})
    entries = [entry for entry in ENTRIES if entry.name == "alerts"]
    (ran,) = tick(settings, now=now, entries=entries, only="alerts")
    assert (ran.result, "mail: 127.0.0.1:1: " in ran.message) == ("ok", True)
    assert hook.posts


def test_without_a_receiver_alerts_are_shown_only(look, start_worker, sessions, home):
    nobody = {"DATABOARD_ALERT_MAIL": "", "DATABOARD_ALERT_WEBHOOK": ""}
    assert look(**nobody) == "1 alerts are open."
    start_worker(minutes=5)
    assert look(5, **nobody) == "0 alerts are open."
    with sessions() as session:
        row = session.query(Alert).one()
        assert (row.mailed_at, row.error, row.ended_at is not None) == (None, "", True)


def test_mail_is_written_into_files_by_default(look, home):
    look(DATABOARD_MAIL="file", DATABOARD_ALERT_WEBHOOK="")
    (path,) = (home / "mail").iterdir()
    assert "No worker runs." in path.read_text() and path.stat().st_mode & 0o077 == 0
