"""A reset: an empty site of this version, after a backup of the old one."""

import pytest

from databoard.errors import RuleError
from databoard.models import AuditEntry, User
from databoard.ops import guard, reset, schema
from databoard.ops.backup import restore
from databoard.ops.backup.shelf import Shelf
from databoard.services.base.database import open_engine, session_factory


@pytest.fixture
def scored(score_one, owls, session, let_go, site):
    """A scored submission, on a site that remembers its accounts and that nobody uses."""
    score_one(owls, "first")
    (site.home / guard.MARK).touch()
    let_go()


def rows(site, model):
    with open_engine(site.db_url) as engine, session_factory(engine)() as session:
        return session.query(model).all()


def test_a_plan_counts_and_changes_nothing(scored, site):
    wanted = reset.plan(site)
    assert (wanted.n_rows["submissions"], wanted.n_rows["users"]) == (1, 6)
    assert wanted.size_bytes["predictions"] > 0 < wanted.size_bytes["submissions"]
    assert len(rows(site, User)) == 6 and Shelf.of(site.home).names() == []


def test_the_site_is_empty_and_its_backup_brings_it_back(scored, site, now):
    done = reset.reset(site, reset.plan(site), now=now)
    with open_engine(site.db_url) as engine:
        assert schema.revision(engine) == schema.head()
    assert rows(site, User) == []
    [entry] = rows(site, AuditEntry)
    assert (entry.action, entry.detail["backup"]) == ("reset", done.safety_backup)
    assert [name for name in reset.EMPTIED if (site.home / name).exists()] == []
    again = reset.reset(site, reset.plan(site), now=now)
    assert (again.n_bytes, again.safety_backup != done.safety_backup) == (0, True)
    restore.restore(site, restore.plan(site, Shelf.of(site.home).path(done.safety_backup)), now=now)
    assert len(rows(site, User)) == 6 and (site.home / "predictions").is_dir()


def test_while_a_program_uses_the_database_nothing_is_removed(scored, site, now, engines, database_url):
    wanted = reset.plan(site)
    with engines.at(database_url) as engine, engine.connect() as other:
        other.exec_driver_sql("SELECT count(*) FROM users")
        with pytest.raises(RuleError, match="Expected that no program uses"):
            reset.reset(site, wanted, now=now)
    assert len(rows(site, User)) == 6 and (site.home / "predictions").is_dir()


@pytest.mark.parametrize("force", ["", "True", "staging"])
def test_production_is_refused_unless_its_name_is_typed(production, force):
    with pytest.raises(RuleError, match="Nothing was done"):
        reset.require_allowed(production, force)
    reset.require_allowed(production, "production")


@pytest.fixture
def production(load):
    from tests.support.settings import LONG

    return load(DATABOARD_ENV="production", DATABOARD_SECRET_KEY=LONG)
