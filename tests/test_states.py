"""States and their legal transitions; times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from databoard.models import Submission
from databoard.states import (
    ERROR_STATES,
    FINAL_STATES,
    JOB_TRANSITIONS,
    PENDING_STATES,
    SUBMISSION_TRANSITIONS,
    IllegalTransition,
    JobState,
    SubmissionState,
    check_transition,
)

S = SubmissionState


@pytest.mark.parametrize(
    ("states", "transitions"), [(SubmissionState, SUBMISSION_TRANSITIONS), (JobState, JOB_TRANSITIONS)]
)
def test_every_state_says_where_it_may_go(states, transitions):
    assert set(transitions) == set(states)
    assert set().union(*transitions.values()) <= set(states)


def test_every_pending_state_may_fail_and_return_to_new():
    for state in PENDING_STATES - {S.new}:
        assert SUBMISSION_TRANSITIONS[state] >= ERROR_STATES | {S.cancelled, S.new}


def test_from_a_final_state_only_a_rerun_leads_on():
    assert {SUBMISSION_TRANSITIONS[state] for state in FINAL_STATES} == {frozenset({S.new})}


def test_only_what_is_tested_is_scored():
    assert [state for state in S if S.scored in SUBMISSION_TRANSITIONS[state]] == [S.tested]


@pytest.mark.parametrize("state", list(S))
def test_staying_is_always_allowed(state):
    assert check_transition(SUBMISSION_TRANSITIONS, state, state) is state


def test_an_illegal_step_is_refused_with_what_is_allowed(now):
    submission = Submission(event_team_id=1, name="first", slug="x", submitted_at=now, state=S.new)
    with pytest.raises(
        IllegalTransition, match="new cannot become scored; it may become: cancelled, checking"
    ):
        submission.state = S.scored
    assert submission.state is S.new


def test_the_database_refuses_a_word_that_is_no_state(session, owls):
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE users SET access_level = 'king'"))


def test_times_come_back_aware_and_in_utc(session, owls):
    owls.last_submitted_at = datetime(2026, 7, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    session.commit()
    session.expire_all()
    assert owls.last_submitted_at == datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert owls.last_submitted_at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(session, owls):
    owls.last_submitted_at = datetime(2026, 7, 1)
    with pytest.raises(StatementError, match="Expected an aware time"):
        session.flush()
