"""On PostgreSQL an ordinary role backs up and restores: the owner of the database that may create databases."""

import pytest
from sqlalchemy import create_engine, make_url, text

import config
from databoard.errors import RuleError
from databoard.ops import schema
from databoard.ops.backup import make as making
from databoard.ops.backup import restore as restoring
from databoard.services.base.database import open_engine, session_factory, transaction
from databoard.services.people import accounts


@pytest.fixture
def administer(postgres_url):
    """Run a statement as the administrator of the server."""

    def administer(statement):
        engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    return administer


@pytest.fixture
def site(administer, postgres_url, tmp_path, pg_bin, now):
    """A site whose database belongs to the role `keeper`."""
    administer("CREATE ROLE keeper LOGIN CREATEDB")
    administer("CREATE DATABASE kept OWNER keeper TEMPLATE template0")
    url = make_url(postgres_url).set(username="keeper", database="kept").render_as_string(hide_password=False)
    schema.upgrade(url)
    with open_engine(url) as engine, transaction(session_factory(engine)) as session:
        accounts.create_user(session, name="kegl", email="k@example.org", password="x" * 12, now=now)
    environ = {"DATABOARD_HOME": str(tmp_path), "DATABOARD_DB_URL": url, "DATABOARD_PG_BIN": str(pg_bin)}
    yield config.load(environ)
    administer("DROP DATABASE kept WITH (FORCE)")
    administer("DROP ROLE keeper")


def n_users(site):
    with open_engine(site.db_url) as engine, engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM users")).scalar()


def test_the_owner_who_may_create_databases_is_enough(site, now):
    made = making.make(site, now=now)
    with open_engine(site.db_url) as engine, engine.begin() as connection:
        connection.execute(text("DELETE FROM team_members"))
        connection.execute(text("DELETE FROM users"))
    restoring.restore(site, restoring.plan(site, made.path), now=now)
    assert n_users(site) == 1
    with open_engine(site.db_url) as engine, engine.connect() as connection:
        query = "SELECT datname, pg_get_userbyid(datdba), datacl::text FROM pg_database WHERE datname LIKE 'kept%'"
        [(name, owner, rights)] = connection.execute(text(query)).all()
    assert (name, owner, rights) == ("kept", "keeper", "{keeper=CTc/keeper}")  # no other role may connect


def test_without_that_right_the_message_has_the_line_that_gives_it(site, administer, now):
    administer("ALTER ROLE keeper NOCREATEDB")
    with pytest.raises(RuleError, match=r"No backup was made\. .*ALTER ROLE keeper CREATEDB"):
        making.make(site, now=now)
