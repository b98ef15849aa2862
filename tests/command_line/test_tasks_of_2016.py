"""The tasks of the original that its README did not name, on the stage, on each kind of database."""

import pytest

from databoard.models import AuditEntry, Submission, User
from databoard.services.base.database import open_engine, session_factory


@pytest.fixture
def site(home, problems, database_url, set_variables):
    return set_variables(
        DATABOARD_HOME=str(home),
        DATABOARD_PROBLEMS=str(problems),
        DATABOARD_DB_URL=database_url,
        DATABOARD_JAIL="none",
    )


@pytest.fixture
def rows(database_url):
    def rows(model):
        with open_engine(database_url) as engine, session_factory(engine)() as session:
            return session.query(model).order_by(model.id).all()

    return rows


def test_accounts_are_made_approved_and_put_in_charge(type_line, rows):
    for line in (
        "fab create_user:nina,'four ordinary words',Noether,Nina,nina@example.org",
        "fab approve_user:u=wanda",
        "fab make_event_admin:e=iris_test,u=nina",
    ):
        assert type_line(line)[::2] == (0, ""), line
    assert {"nina", "wanda"} <= {row.name for row in rows(User) if str(row.access_level) == "user"}
    assert "make_event_admin" in {row.action for row in rows(AuditEntry)}


def test_submissions_are_listed_set_blended_and_deleted(type_line, rows):
    chosen = "e=iris_test,t=owls,s=random_forest"
    line = (
        "fab add_submission:iris_test,owls,random_forest,path=problems/iris/submissions/random_forest_10_10"
    )
    assert type_line(line)[0] == 0
    code, listed, _ = type_line("fab print_submissions:e=iris_test,t=owls,format=csv")
    assert (code, len(listed.splitlines())) == (0, 2)
    assert type_line(f"fab set_state:{chosen},state=cancelled")[0] == 0
    assert [str(row.state) for row in rows(Submission)] == ["cancelled"]
    code, said, _ = type_line(f"fab delete_submission:{chosen}")
    assert (code, len(rows(Submission))) == (0, 1)
    assert type_line(said.splitlines()[-1].partition("To do it: ")[2])[0] == 0
    assert rows(Submission) == []
    assert type_line("fab compute_contributivity:iris_test")[0] == 0
    assert type_line("fab rebuild_boards:iris_test")[0] == 0
