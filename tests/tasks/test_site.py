"""The site on the command line: one screen, maintenance, and single settings by name."""

import json

import pytest

import config
from databoard.errors import Conflict, Forbidden, RuleError
from databoard.services.base import maintenance
from databoard.services.events.changing import change_event
from databoard.services.submissions import banning
from databoard.tasks import site_status


@pytest.fixture
def settings(tmp_path, sqlite_url, home, problems):
    path = tmp_path / "databoard.env"
    path.write_text("DATABOARD_LOG_LEVEL=ERROR\n")
    path.chmod(0o600)
    names = {
        "HOME": home,
        "PROBLEMS": problems,
        "DB_URL": sqlite_url,
        "ENV_FILE": path,
        "SECRET_KEY": "k7Q-x" * 9,
    }
    return {f"DATABOARD_{name}": str(value) for name, value in names.items()}


def status(settings, capsys, now, format="table", **options):
    code = site_status.show(config.load(settings), format, now=now, **{"is_with_settings": False, **options})
    return code, capsys.readouterr().out


def test_one_screen_says_what_is_wrong_and_what_fixes_it(settings, capsys, now):
    code, screen = status(settings, capsys, now)
    assert code == 0 and "warn  workers" in screen and "fix: fab worker" in screen
    assert len(screen.splitlines()) < 40
    code, screen = status({**settings, "DATABOARD_MIN_FREE_BYTES": str(1 << 50)}, capsys, now)
    assert code == 1 and "fail  disk" in screen


def test_settings_are_shown_with_their_source_and_without_secrets(settings, capsys, now):
    url = "postgresql://databoard:hidden-word@127.0.0.1:1/databoard"
    _, screen = status({**settings, "DATABOARD_DB_URL": url}, capsys, now, is_with_settings=True)
    rows = {
        line.split()[0]: line.split()[1:] for line in screen.splitlines() if line.startswith("DATABOARD_")
    }
    assert rows["DATABOARD_LOG_LEVEL"] == ["ERROR", "file"]
    assert rows["DATABOARD_SECRET_KEY"] == ["***", "environment"]
    assert rows["DATABOARD_PAGE_SIZE"] == ["100", "default"]
    assert "hidden-word" not in screen and "k7Q-x" not in screen


def test_programs_read_the_same_checks(settings, capsys, now):
    _, text = status(settings, capsys, now, "json")
    assert {row["check"] for row in json.loads(text)} >= {"database", "migration", "disk"}


def test_a_database_that_is_away_is_red_and_no_file_is_made(settings, capsys, now, home):
    (home / "databoard.db").unlink()
    code, screen = status(settings, capsys, now)
    assert code == 1 and "fail  database" in screen and not (home / "databoard.db").exists()


def test_the_site_is_closed_and_opened_while_the_database_is_away(settings, capsys, now, home):
    (home / "databoard.db").unlink()
    at = config.load(settings)
    assert "closed since" in site_status.switch(at, "on", "Soon.", now=now)
    assert "Not in the audit log" in capsys.readouterr().err
    assert "Message: Soon." in site_status.switch(at, "", "", now=now)
    assert site_status.switch(at, "off", "", now=now) == "The site is open."
    assert site_status.switch(at, "off", "", now=now) == "The site was open already."
    assert maintenance.state(home) is None
    with pytest.raises(RuleError, match="A message is for maintenance:on"):
        site_status.switch(at, "off", "x", now=now)


def test_an_event_is_changed_by_names_and_texts_in_its_own_time_zone(session, iris_event, now):
    iris_event.time_zone = "Europe/Paris"
    session.flush()
    given = {"closes_at": "2026-12-24T18:00", "is_featured": "yes", "max_attempts_per_day": "0"}
    lines = list(map(str, change_event(session, iris_event, given, actor=None, now=now)))
    assert lines == [
        "closes_at: 2026-12-01T12:00:00+00:00 -> 2026-12-24T17:00:00+00:00",
        "is_featured: False -> True",
    ]
    assert change_event(session, iris_event, given, actor=None, now=now) == []
    with pytest.raises(RuleError, match=r"'problem_id' cannot be changed here\. What can be: is_public"):
        change_event(session, iris_event, {"problem_id": "1"}, actor=None, now=now)


def test_organisers_do_not_raise_the_limits_of_the_server(session, iris_event, olga, now):
    with pytest.raises(Forbidden, match="Only administrators of this server change memory_limit_bytes"):
        change_event(session, iris_event, {"memory_limit_bytes": str(1 << 40)}, actor=olga, now=now)


def test_the_last_administrator_stays_until_there_is_another(session, root, alice, now):
    with pytest.raises(Conflict, match="root is the last administrator"):
        banning.set_user(session, root, {"access_level": "asked"}, actor=None, now=now)
    session.refresh(root)
    banning.set_user(session, alice, {"access_level": "admin"}, actor=None, now=now)
    changes, _ = banning.set_user(session, root, {"is_banned": "True"}, actor=alice, now=now)
    assert list(map(str, changes)) == ["is_banned: False -> True"]
    with pytest.raises(Conflict, match="alice is the last administrator"):
        banning.set_user(session, alice, {"is_banned": "True"}, actor=None, now=now)
