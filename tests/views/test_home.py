"""The sign of life."""


def test_the_server_is_well_while_its_database_answers(visit):
    answer = visit().get("/healthcheck")
    assert answer.status_code == 200 and answer.get_json()["status"] == "ok"


def test_a_server_without_its_tables_is_not_well(visit, session):
    visitor = visit()
    session.connection().exec_driver_sql("ALTER TABLE users RENAME TO lost")
    session.commit()
    answer = visitor.client.get("/healthcheck")
    assert answer.status_code == 503 and answer.get_json()["status"] == "the database does not answer"
