"""`manage.py` as people type it."""

import sys

import pytest


@pytest.mark.parametrize(
    "words", [["db", "current"], ["db", "migrate", "--help"], ["db", "history"], ["shell", "--help"]]
)
def test_manage_answers(manage, words):
    code, out, _ = manage(*words)
    assert code == 0
    assert out or words == ["db", "current"]


def test_the_database_is_taken_up_and_down(manage, fab):
    assert manage("db", "upgrade")[0] == 0
    assert "(head)" in manage("db", "current")[1]
    assert manage("db", "downgrade", "base")[0] == 0
    assert fab("print_submissions")[0] == 1


def test_a_setting_that_cannot_be_used_stops_manage_with_one_line(run):
    code, out, said = run([sys.executable, "manage.py", "db", "current"], DATABOARD_LEASE_S="1")
    assert (code, out) == (1, "")
    assert (
        said == "manage.py: DATABOARD_LEASE_S holds '1'; expected a whole number of seconds from 2 to 3600."
    )
