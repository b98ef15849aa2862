"""Submissions of all events and teams in one list."""

from databoard.queries import records, submission_list
from databoard.states import SubmissionState


def test_listing_shows_state_error_and_official_score(session, add_ended):
    add_ended("good", SubmissionState.scored), add_ended("fail", SubmissionState.training_error)
    found = submission_list.listed(session, event_name=None, team_name="owls", name=None)
    rows = [records.listed_submission_record(one) for one in found]
    assert [(row["submission"], row["state"], row["score"]) for row in rows] == [
        ("good", "scored", "acc"),
        ("fail", "training_error", "acc"),
    ]
    assert submission_list.listed(session, event_name="iris_test", team_name=None, name="none") == []


def test_one_is_found_by_its_id_until_it_is_deleted(session, add_ended):
    row = add_ended("fail", SubmissionState.training_error)
    found = submission_list.by_id(session, row.id)
    assert (found.event_name, found.row.team_name, found.row.state) == ("iris_test", "owls", "training_error")
    assert submission_list.by_id(session, row.id + 1) is None
