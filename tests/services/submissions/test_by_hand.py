"""Submissions that organisers queue again, or whose state they set."""

import pytest

from databoard.errors import Conflict, NotFound
from databoard.models import AuditEntry, Job
from databoard.services.submissions import by_hand, submit
from databoard.services.submissions.by_hand import QueuedAgain, StateChange
from databoard.states import JobState, SubmissionState

S = SubmissionState


@pytest.fixture
def set_state(session, now):
    return lambda name, state: by_hand.set_state(
        session, event_name="iris_test", team_name="owls", name=name, state=state, now=now
    )


@pytest.fixture
def again(session, now):
    def again(**options):
        chosen = {"event_name": "iris_test", "team_name": None, "name": None, "state": None, **options}
        return by_hand.queue_again(session, now=now, **chosen)

    return again


def test_only_what_is_not_scored_is_queued_again(session, add_ended, again):
    add_ended("good", S.scored), add_ended("fail", S.training_error)
    assert again() == QueuedAgain(n_chosen=2, n_queued=1, n_pending=1)
    assert again() == QueuedAgain(n_chosen=2, n_queued=0, n_pending=1)
    assert session.query(Job).filter_by(state=JobState.waiting).count() == 1


def test_a_state_or_force_chooses_scored_ones(add_ended, again):
    add_ended("good", S.scored), add_ended("fail", S.training_error)
    assert again(state=S.scored) == QueuedAgain(n_chosen=1, n_queued=1, n_pending=1)
    assert again(is_forced=True) == QueuedAgain(n_chosen=2, n_queued=1, n_pending=2)


@pytest.mark.parametrize("names", [{"event_name": "x"}, {"team_name": "x"}])
def test_choosing_by_a_name_nobody_has_is_refused(owls, again, names):
    with pytest.raises(NotFound):
        again(**names)


def test_setting_new_queues_again_and_is_in_the_audit(session, add_ended, set_state):
    add_ended("good", S.scored)
    assert set_state("good", S.new) == StateChange(S.scored, S.new)
    entry = session.query(AuditEntry).filter_by(action="set_state").one()
    assert (entry.object_type, entry.object_name) == ("submission", "iris_test/owls/good")
    assert entry.detail == {"old": "scored", "new": "new"}


def test_a_waiting_submission_may_be_ended(session, owls, store, now, set_state):
    row = submit.submit(session, event_team=owls, user=None, name="wait", store=store, now=now)
    assert set_state("wait", S.cancelled) == StateChange(S.new, S.cancelled)
    session.flush()
    assert row.jobs[0].state is JobState.cancelled


@pytest.mark.parametrize(
    ("name", "state"),
    [("good", S.training), ("good", S.tested), ("good", S.training_error), ("fail", S.scored)],
)
def test_a_state_that_cannot_be_set_is_refused_with_what_can(add_ended, set_state, name, state):
    add_ended("good", S.scored), add_ended("fail", S.training_error)
    with pytest.raises(Conflict, match=f"expected one of new, got '{state}'"):
        set_state(name, state)
