"""A database and its user on a real PostgreSQL."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from databoard.errors import RuleError
from databoard.ops import schema
from databoard.ops.deploy import postgres
from tests.conftest import _run_sql


@pytest.fixture
def made(postgres_url, tmp_path, worker_id):
    """Make a database and a user of this test's own; both are dropped."""
    name = f"setup_{worker_id}"
    env_file = tmp_path / "databoard.env"
    env_file.write_text("DATABOARD_PORT=8081\nDATABOARD_DB_URL=sqlite:///old.db\n")
    words = {"database": name, "user": name, "admin": postgres_url, "env_file": env_file}
    yield words, postgres.set_up(**words)
    _run_sql(postgres_url, f"DROP DATABASE {name}")
    _run_sql(postgres_url, f"DROP ROLE {name}")


def address(env_file):
    (line,) = [line for line in env_file.read_text().splitlines() if line.startswith("DATABOARD_DB_URL=")]
    return line.partition("=")[2]


def test_the_database_takes_the_tables_and_belongs_to_the_user(made):
    words, lines = made
    url = address(words["env_file"]).replace("postgresql://", "postgresql+psycopg2://")
    schema.upgrade(url)
    engine = create_engine(url)
    query = (
        "SELECT current_user, current_setting('TimeZone'), pg_encoding_to_char(encoding) "
        "FROM pg_database WHERE datname = current_database()"
    )
    with engine.connect() as connection:
        facts = connection.execute(text(query)).one()
    engine.dispose()
    assert tuple(facts) == (words["user"], "UTC", "UTF8") and len(lines) == 2


def test_the_password_stands_in_the_closed_file_only(made):
    words, lines = made
    password = make_url(address(words["env_file"])).password
    assert len(password) >= 32 and password not in " ".join(lines)
    assert words["env_file"].stat().st_mode & 0o777 == 0o600
    assert "DATABOARD_PORT=8081" in words["env_file"].read_text()


def test_it_may_be_called_again_and_changes_nothing(made):
    words, _ = made
    before = words["env_file"].read_text()
    lines = postgres.set_up(**words)
    assert [line.rpartition(" ")[2] for line in lines] == ["there.", "there."]
    assert words["env_file"].read_text() == before


def test_a_user_whose_password_is_not_known_is_refused(made, tmp_path):
    words, _ = made
    with pytest.raises(RuleError, match="has no DATABOARD_DB_URL with it"):
        postgres.set_up(**{**words, "env_file": tmp_path / "other.env"})


@pytest.mark.parametrize("name", ["a b", "x'; DROP TABLE users", "1st", ""])
def test_a_name_that_needs_quotes_is_refused(tmp_path, name):
    with pytest.raises(RuleError, match="Expected a name of small letters"):
        postgres.set_up(database=name, user="u", admin="postgresql://nowhere", env_file=tmp_path / "x")
