"""Deleting a row takes along what hangs on it, and nothing else, with foreign keys on."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from databoard.models import (
    AuditEntry,
    CVFold,
    Event,
    EventAdmin,
    EventTeam,
    Job,
    JobAttempt,
    SandboxFile,
    SandboxVersion,
    Submission,
    SubmissionFile,
    SubmissionFold,
    SubmissionSimilarity,
    TeamMember,
    Workflow,
)
from databoard.services.queue import jobs
from databoard.services.submissions import submit
from databoard.services.teams import sandbox
from databoard.states import SimilarityType

OF_EVENT = (
    CVFold,
    EventAdmin,
    EventTeam,
    SandboxFile,
    SandboxVersion,
    Submission,
    SubmissionFile,
    SubmissionFold,
    Job,
    JobAttempt,
    SubmissionSimilarity,
)


@pytest.fixture
def full(session, owls, charlies, alice, store, now):
    """Something in every table that hangs on an event."""
    texts = {"classifier": "x = 1"}
    sandbox.save(session, event_team=owls, texts=texts, user=alice, store=store, now=now)
    rows = [
        submit.submit(session, event_team=team, user=user, name="first", store=store, now=now)
        for team, user in ((owls, alice), (charlies, None))
    ]
    jobs.claim_next(session, worker="w", now=now)
    session.add(
        SubmissionSimilarity(
            type=SimilarityType.target_credit,
            source=rows[0],
            target=rows[1],
            user=alice,
            similarity=0.5,
            created_at=now,
        )
    )
    session.commit()
    session.expire_all()
    return rows


def counts(session, tables):
    session.expire_all()
    return [session.query(table).count() for table in tables]


def test_an_event_takes_all_that_hangs_on_it_along(session, full, iris_event):
    assert all(counts(session, OF_EVENT))
    session.delete(iris_event)
    session.flush()
    assert counts(session, OF_EVENT) == [0] * len(OF_EVENT)


@pytest.mark.parametrize("statement", ["DELETE FROM events", "DELETE FROM teams", "DELETE FROM event_teams"])
def test_the_database_alone_removes_what_hangs_on_a_row(session, full, statement):
    session.execute(text(statement))
    assert (
        counts(session, (EventTeam, SandboxFile, SandboxVersion, Submission, SubmissionFold, Job)) == [0] * 6
    )


def test_a_user_leaves_submissions_files_credits_and_audit_behind(session, full, alice):
    session.delete(alice)
    session.flush()
    session.expire_all()
    assert (full[0].user, session.query(SubmissionSimilarity).one().user) == (None, None)
    assert session.query(SandboxFile).filter_by(event_team_id=full[0].event_team_id).one().updated_by is None
    assert session.query(AuditEntry).filter_by(action="submit").filter_by(actor_id=None).count() == 2
    assert session.query(TeamMember).count() == len(
        ["bob", "charlie", "olga", "root", "wanda", "bob in owls"]
    )


def test_an_event_admin_may_be_deleted(session, full, olga):
    session.delete(olga)
    session.flush()
    assert counts(session, (EventAdmin, Event)) == [0, 1]


def test_a_team_takes_its_submissions_along_and_its_members_stay(session, full, owls, alice):
    session.delete(owls.team)
    session.flush()
    assert session.query(Submission).all() == [full[1]]
    assert alice.memberships[0].team.name == "alice"


def test_a_problem_with_events_or_a_used_workflow_is_not_deleted(session, iris_event):
    for row in (iris_event.problem, iris_event.problem.workflow):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"DELETE FROM {row.__tablename__} WHERE id = {row.id}"))
    assert session.query(Workflow).count() == 1


def test_an_unknown_submission_cannot_have_a_job(session, now):
    with pytest.raises(IntegrityError):
        session.execute(
            text(
                "INSERT INTO jobs (submission_id, step, state, priority, n_attempts, created_at, worker,"
                " is_cancel_requested) VALUES (99, 'train_test', 'waiting', 0, 0, '2026-11-24', '',"
                " '0')"
            )
        )
