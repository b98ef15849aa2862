"""A migration is tried on the real data, and nothing of it stays, whatever it does."""

import shutil

import pytest
from sqlalchemy import inspect

import config
from databoard.errors import RuleError
from databoard.ops import schema
from databoard.ops.publish import migration_check
from databoard.ops.publish.migration_check import EMPTY, breaks
from databoard.services.base.database import open_engine

HEAD = schema.head()
REVISION = """
revision, down_revision = {name!r}, {before!r}
import sqlalchemy as sa
from alembic import op

def upgrade():
    {upgrade}

def downgrade():
    {downgrade}
"""


@pytest.fixture
def settings(home, problems, database_url):
    names = {"HOME": str(home), "PROBLEMS": str(problems), "DB_URL": database_url}
    return config.load({f"DATABOARD_{name}": value for name, value in names.items()})


@pytest.fixture
def add_revision(tmp_path, monkeypatch):
    """Let this code know one more migration."""
    folder = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
    monkeypatch.setattr(schema, "MIGRATIONS", folder)

    def add(upgrade, downgrade="pass", *, name="next", before=HEAD):
        text = REVISION.format(name=name, before=before, upgrade=upgrade, downgrade=downgrade)
        (folder / "versions" / f"{name}.py").write_text(text)

    return add


ADDS = "op.add_column('users', sa.Column('nickname', sa.String(20)))"
DROPS = "with op.batch_alter_table('users') as table: table.drop_column('firstname')"


def columns(settings):
    with open_engine(settings.db_url) as engine:
        return {column["name"] for column in inspect(engine).get_columns("users")}


def test_a_database_that_is_up_to_date_needs_nothing(settings):
    assert migration_check.check(settings) == migration_check.MigrationCheck(HEAD, HEAD)


@pytest.mark.parametrize(("upgrade", "found"), [(ADDS, ()), (DROPS, ("users.firstname is gone",))])
def test_trying_a_migration_says_what_it_breaks_and_keeps_nothing(settings, add_revision, upgrade, found):
    before = columns(settings)
    add_revision(upgrade)
    assert migration_check.check(settings) == migration_check.MigrationCheck(HEAD, "next", found)
    assert columns(settings) == before
    assert migration_check.revision_of(settings) == HEAD
    assert [path.name for path in settings.home.iterdir() if path.name.startswith("migration-")] == []


def test_a_migration_that_fails_is_refused_with_its_reason(settings, add_revision):
    add_revision("op.execute('UPDATE nowhere SET a = 1')")
    with pytest.raises(RuleError, match=r"The migration to next fails: .*nowhere"):
        migration_check.check(settings)
    assert migration_check.revision_of(settings) == HEAD


def test_two_newest_revisions_are_refused(settings, add_revision):
    add_revision("pass", name="one")
    add_revision("pass", name="two")
    with pytest.raises(RuleError, match="Expected one newest revision in migrations/, got one, two"):
        migration_check.check(settings)


def test_a_database_goes_up_and_back(settings, add_revision):
    add_revision(ADDS, "with op.batch_alter_table('users') as table: table.drop_column('nickname')")
    before = columns(settings)
    assert migration_check.move(settings, "next") == f"The database went from {HEAD} to next."
    assert columns(settings) == before | {"nickname"}
    migration_check.move(settings, HEAD)
    assert columns(settings) == before
    assert migration_check.move(settings, HEAD) == f"The database is at {HEAD} already."


def test_a_database_of_a_later_release_is_refused(settings, add_revision, monkeypatch):
    with monkeypatch.context() as later:
        later.setattr(schema, "MIGRATIONS", schema.MIGRATIONS)
        add_revision("pass")
        migration_check.move(settings, "next")
    (schema.MIGRATIONS / "versions" / "next.py").unlink()
    with pytest.raises(RuleError, match="at revision next, which this release does not know"):
        migration_check.check(settings)


def test_an_empty_database_is_a_revision_too(settings):
    migration_check.move(settings, EMPTY)
    assert migration_check.check(settings) == migration_check.MigrationCheck(EMPTY, HEAD)
    migration_check.move(settings, HEAD)
    assert "firstname" in columns(settings)


PLAIN = ("VARCHAR", True, False)


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({"users": {"name": PLAIN, "new": PLAIN}, "more": {}}, []),
        ({"users": {"name": PLAIN, "new": ("INTEGER", False, True)}}, []),
        ({}, ["table users is gone"]),
        ({"users": {}}, ["users.name is gone"]),
        ({"users": {"name": ("INTEGER", True, False)}}, ["users.name changes from VARCHAR to INTEGER"]),
        ({"users": {"name": ("VARCHAR", False, False)}}, ["users.name may not be empty any more"]),
        (
            {"users": {"name": PLAIN, "new": ("INTEGER", False, False)}},
            ["users.new is new and has no default"],
        ),
    ],
)
def test_what_the_running_release_cannot_bear(after, found):
    assert list(breaks({"users": {"name": PLAIN}}, after)) == found
