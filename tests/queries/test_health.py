"""Whether the database answers."""

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from databoard.queries import health


def test_a_database_with_our_tables_answers(session):
    assert health.is_database_answering(session)


def test_a_database_that_is_away_does_not(tmp_path, caplog):
    with Session(create_engine(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")) as session:
        assert not health.is_database_answering(session)
    assert "the database does not answer" in caplog.text
