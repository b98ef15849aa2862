"""The database by hand: reading by default, changes only under the database's name, each in the audit."""

import pytest

import config
from databoard.errors import RuleError
from databoard.models import AuditEntry, User
from databoard.ops import console
from databoard.ops.backup.databases import database_of


@pytest.fixture
def settings(database_url, home, problems):
    environ = {
        "DATABOARD_HOME": str(home),
        "DATABOARD_PROBLEMS": str(problems),
        "DATABOARD_DB_URL": database_url,
    }
    return config.load(environ)


def test_a_statement_reads_and_the_database_refuses_changes(settings, sessions, now):
    answer = console.run(
        settings, "SELECT name FROM users WHERE name LIKE 'a%' ORDER BY name", may_write=False, now=now
    )
    assert answer.columns == ("name",) and ("alice",) in answer.rows
    for change in ("DELETE FROM users", "UPDATE users SET bio = 'x'", "DROP TABLE login_failures"):
        with pytest.raises(RuleError, match="The database refused"):
            console.run(settings, change, may_write=False, now=now)
    with sessions() as session:
        assert session.query(User).count() > 1
        assert session.query(AuditEntry).filter_by(action="sql").count() == 0


def test_a_change_needs_the_name_and_is_in_the_audit(settings, sessions, now):
    name = database_of(settings).name
    with pytest.raises(RuleError, match=f"Expected write={name}"):
        console.require_confirmed(settings, "yes")
    assert console.require_confirmed(settings, name) and not console.require_confirmed(settings, "")
    statement = "UPDATE users SET bio = 'a:b' WHERE name = 'alice'"
    assert console.run(settings, statement, may_write=True, now=now).n_changed == 1
    with sessions() as session:
        assert session.query(User).filter_by(name="alice").one().bio == "a:b"
        entry = session.query(AuditEntry).filter_by(action="sql").one()
        assert (entry.object_name, entry.detail) == (name[:128], {"statement": statement})


def test_what_is_wrong_is_one_line_of_the_database(settings, now):
    with pytest.raises(RuleError, match="nowhere") as refused:
        console.run(settings, "SELECT * FROM nowhere", may_write=False, now=now)
    assert "\n" not in str(refused.value)


def test_the_shell_is_read_only_and_gets_no_password_in_its_words(tmp_path, monkeypatch):
    for name in ("psql", "sqlite3"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    url = "postgresql://anna:se%40cret@db.example.org:5433/board"
    settings = config.load({"DATABOARD_HOME": str(tmp_path), "DATABOARD_DB_URL": url})
    words, environ = console.shell_command(settings, may_write=False)
    assert words[1:] == [
        "--no-password",
        "--host=db.example.org",
        "--port=5433",
        "--username=anna",
        "--dbname=board",
    ]
    assert environ == {"PGOPTIONS": "-c default_transaction_read_only=on", "PGPASSWORD": "se@cret"}
    assert console.shell_command(settings, may_write=True)[1]["PGOPTIONS"] == ""
    local = config.load({"DATABOARD_HOME": str(tmp_path)})
    assert "-readonly" in console.shell_command(local, may_write=False)[0]
    assert "-readonly" not in console.shell_command(local, may_write=True)[0]
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(RuleError, match="apt-get install -y sqlite3"):
        console.shell_command(local, may_write=False)


def test_the_python_shell_has_models_and_a_session_and_is_in_the_audit(settings, sessions, now, monkeypatch):
    """Typed as a person does: standard input ends the shell."""
    typed = iter(["session.query(User).filter_by(name='alice').one().bio = 'seen'", "session.commit()"])

    def read(prompt=""):
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read)
    console.python_shell(settings, now=now)
    with sessions() as session:
        assert session.query(User).filter_by(name="alice").one().bio == "seen"
        assert session.query(AuditEntry).filter_by(action="shell").count() == 1
