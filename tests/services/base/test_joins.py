"""The joins from a job to team and event are written once."""

import re
from pathlib import Path

from sqlalchemy import select

from databoard.models import Event, Job, Submission, Team
from databoard.services.base import joins

ROOT = Path(__file__).resolve().parents[3]
BY_HAND = re.compile(r"EventTeam\.id == Submission\.event_team_id|Submission\.id == Job\.submission_id")


def test_a_job_leads_to_its_submission_team_and_event(session, owls, charlies, hand_in):
    hand_in(owls, "first"), hand_in(charlies, "second")
    names = select(Submission.name, Team.name, Event.name).select_from(Job).order_by(Job.id)
    found = session.execute(joins.team_and_event(joins.submission_of_job(names))).all()
    assert [tuple(row) for row in found] == [
        ("first", "owls", "iris_test"),
        ("second", "charlie", "iris_test"),
    ]


def test_no_other_module_writes_these_joins():
    writers = {path.name for path in (ROOT / "databoard").rglob("*.py") if BY_HAND.search(path.read_text())}
    assert writers == {"joins.py"}
