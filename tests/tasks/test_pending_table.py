"""What ``fab pending_jobs`` lists, and what it says to a word that names nothing."""

import json

import pytest

from databoard.errors import NotFound, RuleError
from databoard.services.submissions import submit
from databoard.tasks import pending_table

ALL = {"page": 1, "size": 50}


@pytest.fixture(autouse=True)
def three_checks(session, owls, store, now):
    for number in range(3):
        submit.submit(session, event_team=owls, user=None, name=f"name{number}", store=store, now=now)


def test_each_pending_job_is_a_record(session, now, capsys):
    found = pending_table.listed(session, "iris_test", "check", **ALL, now=now)
    pending_table.show(found, "json")
    rows = json.loads(capsys.readouterr().out)
    assert [row["submission_name"] for row in rows] == ["name0", "name1", "name2"]
    assert rows[0] | {"job_id": 0} == {
        "job_id": 0,
        "event_name": "iris_test",
        "team_name": "owls",
        "submission_name": "name0",
        "step": "check",
        "state": "waiting",
        "priority": 0,
        "attempt": 0,
        "age_s": 0,
        "worker": "",
        **dict.fromkeys(["place", "likely_s", "latest_s", "running_s", "silent_s"]),
    }


def test_more_than_a_page_is_said(session, now, capsys):
    pending_table.show(pending_table.listed(session, "", "", page=2, size=2, now=now), "table")
    assert capsys.readouterr().err == "Page 2 of 2, 3 jobs in all.\n"
    pending_table.show(pending_table.listed(session, "", "train_test", **ALL, now=now), "table")
    assert capsys.readouterr().err == ""


def test_a_word_that_names_nothing_is_refused(session, now):
    with pytest.raises(NotFound):
        pending_table.listed(session, "nowhere", "", **ALL, now=now)
    with pytest.raises(RuleError, match="check, train_test, score, got 'both'"):
        pending_table.listed(session, "", "both", **ALL, now=now)
    with pytest.raises(RuleError, match="at least 1"):
        pending_table.listed(session, "", "", page=1, size=0, now=now)
