"""`python manage.py db …` as typed: what it writes when nothing changed, and the way back from a foreign revision."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import text

from databoard.errors import RuleError
from databoard.ops import schema
from databoard.services.base.database import open_engine

ROOT = Path(__file__).resolve().parents[2]
NOTHING = "The tables of the models are those of the database: no revision was written."


@pytest.fixture
def folder(tmp_path):
    """A copy of the migrations, which a command may write into."""
    return shutil.copytree(ROOT / "migrations", tmp_path / "migrations")


@pytest.fixture
def db(bare_environment, database_url, tmp_path):
    """Run `manage.py db` on a copy of the stage; return exit code, output and what it said on standard error."""
    environ = {**bare_environment, "DATABOARD_HOME": str(tmp_path), "DATABOARD_DB_URL": database_url}

    def run(*words):
        command = [sys.executable, ROOT / "manage.py", "db", *words]
        done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    return run


def sql(url, statement):
    with open_engine(url) as engine, engine.begin() as connection:
        return connection.execute(text(statement))


def revisions(folder):
    return sorted(path.name for path in (folder / "versions").glob("*.py"))


def test_migrate_with_nothing_changed_writes_no_revision_and_says_so(db, folder):
    before = revisions(folder)
    code, output, _ = db("migrate", "-d", str(folder), "-m", "nothing")
    assert (code, output.strip()) == (0, NOTHING)
    assert revisions(folder) == before


def test_migrate_writes_what_the_models_have_and_the_database_has_not(db, folder, database_url):
    before = set(revisions(folder))
    sql(database_url, "DROP TABLE login_failures")
    code, output, errors = db("migrate", "-d", str(folder), "-m", "failures again")
    assert code == 0 and NOTHING not in output, errors
    (name,) = set(revisions(folder)) - before
    assert name.endswith("_failures_again.py")
    assert "create_table('login_failures'" in (folder / "versions" / name).read_text()


def test_a_revision_of_another_checkout_with_the_same_tables_names_the_command_that_sets_it(db, database_url):
    sql(database_url, "UPDATE alembic_version SET version_num = 'elsewhere'")
    with open_engine(database_url) as engine, pytest.raises(RuleError) as refused:
        schema.require_current(engine)
    said, way = str(refused.value), f"db stamp --purge {schema.head()}"
    assert "got elsewhere. Its tables are those of this code." in said and said.endswith(way)
    code, _, errors = db("upgrade")
    assert (code, errors.strip()) == (1, f"Error: {said}")
    assert db(*way.split()[1:])[0] == 0
    with open_engine(database_url) as engine:
        schema.require_current(engine)


def test_a_revision_of_another_checkout_with_other_tables_is_only_refused(database_url):
    sql(database_url, "DROP TABLE login_failures")
    sql(database_url, "UPDATE alembic_version SET version_num = 'elsewhere'")
    with open_engine(database_url) as engine, pytest.raises(RuleError, match="are not those of this code"):
        schema.require_current(engine)
    for change in (schema.upgrade, schema.downgrade):
        with pytest.raises(CommandError, match="Use the code that made the revision"):
            change(database_url)
