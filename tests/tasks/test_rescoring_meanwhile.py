"""What happens while `fab rescore` computes: submissions, the kit and jobs change, a worker is in the way."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from databoard.errors import Conflict
from databoard.models import Submission
from databoard.ops import rescoring
from databoard.services.base.database import transaction
from databoard.services.queue import jobs
from databoard.services.results import recording
from databoard.services.submissions import rows as submission_rows
from databoard.states import JobState, SubmissionState
from tests.tasks.rescored_event import (
    CHARLIE,
    NEW,
    OLD,
    add_scored,
    board,
    edit,
    rescore,
    superseded,
    team_of,
    turn_round,
)


def meanwhile(monkeypatch, act):
    """Call `act` once, after everything is computed and before it is written."""
    really, acts = rescoring.rescoring.apply, [act]

    def apply(session, **kwargs):
        if acts:
            acts.pop()()
        return really(session, **kwargs)

    monkeypatch.setattr(rescoring.rescoring, "apply", apply)


def test_a_submission_scored_meanwhile_is_rescored_too(pair, monkeypatch, now):
    turn_round(pair)
    with transaction(pair.sessions) as session:
        session.delete(session.query(Submission).filter_by(name="of_charlie").one())
    meanwhile(monkeypatch, lambda: add_scored(pair, "charlie", CHARLIE, OLD["of_charlie"], now))
    rescore(pair)
    assert board(pair) == NEW


def test_a_submission_deleted_or_run_again_meanwhile_is_left_alone(pair, monkeypatch):
    def change():
        with transaction(pair.sessions) as session:
            session.delete(session.query(Submission).filter_by(name="of_charlie").one())
            submission_rows.reset(session, session.query(Submission).filter_by(name="of_owls").one())

    turn_round(pair)
    meanwhile(monkeypatch, change)
    rescore(pair)
    assert (board(pair), superseded(pair)) == ({}, [])


def test_a_kit_that_changes_meanwhile_is_refused(lone, monkeypatch):
    turn_round(lone)
    meanwhile(monkeypatch, lambda: edit(lone, "precision=3", "precision=4"))
    with pytest.raises(Conflict, match="changed meanwhile"):
        rescore(lone)
    assert board(lone) == OLD


def test_what_runs_meanwhile_starts_again_with_the_new_scores(pair, capsys, now):
    with transaction(pair.sessions) as session:
        row = Submission(
            event_team_id=team_of(session, "owls").id, name="runs", slug="runs", submitted_at=now
        )
        session.add(row)
        session.flush()
        jobs.enqueue(session, submission=row, now=now)
    with transaction(pair.sessions) as session:
        claim = jobs.claim_next(session, worker="w", now=now)
        recording.start(session, claim, store=pair.store, now=now)
    turn_round(pair)
    rescore(pair)
    assert "Running submissions that start again: 1." in capsys.readouterr().out
    with transaction(pair.sessions) as session, pytest.raises(jobs.LeaseLost):
        jobs.lock_held(session, claim, now=now + timedelta(seconds=1))
    with transaction(pair.sessions) as session:
        row = session.query(Submission).filter_by(name="runs").one()
        assert (row.state, row.jobs[0].state) == (SubmissionState.new, JobState.waiting)


def test_a_deadlock_with_a_worker_is_tried_again(lone, monkeypatch):
    def deadlock():
        raise OperationalError("UPDATE", {}, Exception("deadlock detected"))

    turn_round(lone)
    meanwhile(monkeypatch, deadlock)
    rescore(lone)
    assert board(lone) == NEW
