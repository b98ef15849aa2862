"""The schema: what the migrations make is what the models say."""

import pytest
from sqlalchemy import inspect, text

from databoard.errors import RuleError
from databoard.models import Base
from databoard.ops import schema
from databoard.services.base.database import make_engine


@pytest.fixture
def engine(database_url):
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def tables(engine):
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_down_and_up_again_makes_every_table(database_url, engine):
    assert tables(engine) == set(Base.metadata.tables)
    schema.downgrade(database_url)
    assert tables(engine) == set()
    schema.upgrade(database_url)
    assert tables(engine) == set(Base.metadata.tables)
    schema.require_current(engine)


def test_upgrading_what_is_up_to_date_changes_nothing(database_url, engine):
    schema.upgrade(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar() == 6


def test_a_database_of_another_revision_is_refused_with_the_command(database_url, engine):
    schema.downgrade(database_url)
    with pytest.raises(RuleError, match=r"an empty one.*python manage.py db upgrade"):
        schema.require_current(engine)


def test_one_step_down_and_up_again_keeps_the_events_and_what_hangs_on_them(database_url, engine):
    def counts():
        with engine.connect() as connection:
            tables = ("events", "cv_folds", "event_teams", "event_score_types")
            return [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in tables]

    before = counts()
    assert all(before)
    schema.downgrade(database_url, "0001")
    schema.upgrade(database_url)
    assert counts() == before
    with engine.connect() as connection:
        assert connection.execute(text("SELECT score_kind FROM events")).scalars().all() == ["bag"]
