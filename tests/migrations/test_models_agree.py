"""The migrations and the models describe one schema; SQLite connections are set up as we need them."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Enum, inspect, text

from databoard.models import Base
from databoard.services.base.database import SQLITE_BUSY_TIMEOUT_MS, make_engine


def test_alembic_finds_nothing_to_change(database_url):
    engine = make_engine(database_url)
    options = {"compare_type": engine.dialect.name != "sqlite"}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_every_index_unique_and_foreign_key_of_the_models_is_in_the_database(database_url):
    engine = make_engine(database_url)
    found = inspect(engine)
    for table in Base.metadata.sorted_tables:
        names = {index["name"] for index in found.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= names
        rules = {
            tuple(key["constrained_columns"]): key["options"].get("ondelete")
            for key in found.get_foreign_keys(table.name)
        }
        keys = table.foreign_key_constraints
        assert rules == {tuple(key.column_keys): key.ondelete for key in keys}
    engine.dispose()


def test_every_state_column_is_checked_by_the_database(database_url):
    engine = make_engine(database_url)
    found = inspect(engine)
    for table in Base.metadata.sorted_tables:
        checks = " ".join(check["sqltext"] for check in found.get_check_constraints(table.name))
        for column in table.columns:
            if isinstance(column.type, Enum):
                assert all(f"'{word}'" in checks for word in column.type.enums), f"{table.name}.{column.name}"
    engine.dispose()


def test_every_fresh_sqlite_connection_has_wal_foreign_keys_and_patience(sqlite_url):
    engine = make_engine(sqlite_url)
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            pragmas = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "foreign_keys", "busy_timeout")
            }
            assert pragmas == {
                "journal_mode": "wal",
                "foreign_keys": 1,
                "busy_timeout": SQLITE_BUSY_TIMEOUT_MS,
            }
    engine.dispose()


def test_the_folder_of_a_sqlite_file_is_made(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/new/folder/x.db")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
