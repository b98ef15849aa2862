"""A test site from production: no name, address, note or token of a person is left, and everything works."""

import re

import pytest
from sqlalchemy import JSON, Engine, Enum, String, event, text

import config
from databoard.errors import RuleError
from databoard.models import AuditEntry, Base, Event, Submission, Team, User
from databoard.ops.backup import prod_to_test as test_sites
from databoard.ops.backup import restore as restoring
from databoard.ops.backup.manifest import place_of
from databoard.ops.backup.named_files import named_files
from databoard.services.base.database import open_engine, session_factory, transaction
from databoard.services.people import accounts
from tests.secrets_in_logs import SECRET_KEY

PASSWORD = "four test words here"
#: What says nothing about a person: what organisers wrote, what participants submitted and called so, what the server
#: drew or measured. Every other text is filled with an address below, and none of it may stay.
HARMLESS = {
    *("events.board_bests", "leaderboard_rows.name", "leaderboard_rows.public_values"),
    "leaderboard_rows.private_values",
    *("events.name", "events.title", "events.time_zone", "events.resources", "events.ensemble_claimed_by"),
    *("problems.name", "problems.title", "problems.kit_version", "keywords.name", "keywords.category"),
    *("keywords.description", "problem_keywords.description", "score_types.name", "workflows.name"),
    *(
        "event_score_types.name",
        "event_score_types.kit_name",
        "extensions.name",
        "submission_file_types.name",
    ),
    *(
        "workflow_element_types.name",
        "workflow_elements.name",
        "workflow_elements.extension",
        "superseded_scores.name",
    ),
    *("superseded_scores.version", "superseded_scores.details", "submission_scores.version"),
    *("submission_scores.valid_bags", "submission_scores.test_bags", "submissions.name"),
    *(
        "submissions.predictions_key",
        "submission_files.sha256",
        "sandbox_files.sha256",
        "sandbox_versions.sha256",
    ),
    *("jobs.lease", "jobs.worker", "job_attempts.lease", "job_attempts.worker", "job_attempts.outcome"),
    *("workers.name", "workers.host", "workers.engine", "workers.jail_level", "workers.open_layers"),
}


def texts():
    """Every column of text, as table.column."""
    return {
        f"{table.name}.{column.name}": column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, String | JSON) and not isinstance(column.type, Enum)
    }


def test_every_harmless_column_is_there():
    assert set(texts()) >= HARMLESS


@pytest.fixture
def marked(session, score_one, owls, hand_in, claim, now):
    """A site on which every text that may be about a person holds an address."""
    score_one(owls, "first")
    session.execute(text("UPDATE users SET is_want_news = true"))
    for number, (name, column) in enumerate(sorted(texts().items())):
        if name in HARMLESS:
            continue
        table, length = column.table.name, getattr(column.type, "length", None) or 99
        value = f"substr('x' || id || 'q@real{number}.org', 1, {length})"
        if isinstance(column.type, JSON):
            value = '\'{"email": "q@real.org"}\''
        session.execute(text(f"UPDATE {table} SET {column.name} = {value}"))
    session.commit()
    session.close()
    session.get_bind().dispose()


@pytest.fixture
def test_site(tmp_path, problems, site_environ, database_kind, sqlite_stage, request):
    """The settings of a test site: an own home and database."""
    url = f"sqlite:///{tmp_path / 'other' / 'databoard_test.db'}"
    if database_kind == "postgresql":
        url = re.sub(
            r"/copy_\d+", f"/test_{abs(hash(request.node.nodeid))}", site_environ["DATABOARD_DB_URL"]
        )
    changed = {
        "DATABOARD_HOME": str(tmp_path / "other"),
        "DATABOARD_TEST": "True",
        "DATABOARD_DB_URL_TEST": url,
    }
    site = config.load({**site_environ, **changed})
    yield site
    if database_kind == "postgresql":
        from databoard.ops.backup.databases import database_of

        database = database_of(site)
        with database.maintenance() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)'))


@pytest.fixture
def brought(marked, back_up, test_site, now):
    """What was done to bring a backup of the marked site to the test site."""
    wanted = restoring.plan(test_site, back_up().path)
    return test_sites.prod_to_test(test_site, wanted, password=PASSWORD, now=now)


@pytest.fixture
def there(brought, test_site):
    """A session on the test site."""
    with open_engine(test_site.db_url) as engine, transaction(session_factory(engine)) as session:
        yield session


def everything(session):
    """All that the database holds, as text."""
    return "\n".join(
        str(row) for table in Base.metadata.sorted_tables for row in session.execute(table.select()).all()
    )


def test_no_address_is_left_but_those_that_lead_nowhere(there):
    content = everything(there)
    assert set(re.findall(r"@[\w.-]+", content)) == {"@example.invalid"}
    assert "q@" not in content and "real" not in content
    assert there.execute(text("SELECT team_name FROM leaderboard_rows")).scalars().all() == ["team0007"]


@pytest.fixture
def plain_deletes(database_kind):
    """SQLite as most systems build it: free pages keep what was deleted. Debian's overwrites them."""

    def turn_off(connection, record):
        if database_kind == "sqlite":
            connection.execute("PRAGMA secure_delete = OFF")

    event.listen(Engine, "connect", turn_off)
    yield
    event.remove(Engine, "connect", turn_off)


def test_no_byte_of_an_address_is_left_in_any_file_of_the_site(plain_deletes, brought, test_site):
    files = [path for path in test_site.home.rglob("*") if path.is_file()]
    assert files and [path for path in files if re.search(rb"q@real\d*\.org", path.read_bytes())] == []


def test_the_source_is_untouched(there, site_environ):
    with open_engine(site_environ["DATABOARD_DB_URL"]) as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM users WHERE email LIKE 'x%'")).scalar() == 6


def test_everybody_logs_in_with_the_test_password(there, brought, now):
    assert brought.password == PASSWORD and len(brought.admins) == 1
    for user in there.query(User).filter(User.access_level != "asked"):
        accounts.authenticate(there, login=user.name, password=PASSWORD, address="127.0.0.1", now=now)


def test_mails_are_off_and_no_entry_says_who_did_what(there):
    assert there.query(AuditEntry).count() == 0
    assert not any(
        event.is_send_trained_mails or event.is_send_submitted_mails for event in there.query(Event)
    )
    assert not any(user.is_want_news for user in there.query(User))


def test_a_team_of_one_is_called_like_its_member(there):
    alone = [team for team in there.query(Team) if team.is_individual]
    assert alone and all(team.name == team.members[0].user.name for team in alone)
    assert {team.name[:4] for team in there.query(Team) if not team.is_individual} == {"team"}


def test_results_stay_and_their_files_are_links(there, session, test_site, home):
    columns = "valid_bag, test_bag, valid_bags, train_mean"
    statement = text(f"SELECT {columns} FROM submission_scores ORDER BY id")
    assert there.execute(statement).all() == session.execute(statement).all() != []
    assert there.query(Submission).one().name == "first"
    names = [file.path for file in named_files(there.connection())]
    assert len(names) >= 2
    [backup] = [path for path in (home / "backups").iterdir() if not path.name.startswith(".")]
    assert all((test_site.home / name).samefile(backup / place_of(name)) for name in names)


def test_production_and_a_site_that_is_not_for_tests_are_refused(site, site_environ):
    with pytest.raises(RuleError, match="Expected DATABOARD_TEST=True"):
        test_sites.require_test_site(site)
    production = {"DATABOARD_ENV": "production", "DATABOARD_SECRET_KEY": SECRET_KEY}
    with pytest.raises(RuleError, match="got DATABOARD_ENV=production"):
        test_sites.require_test_site(config.load({**site_environ, **production}))
