"""Stored rows of boards are what the results say, after any sequence of what can happen."""

import os
import random
import signal
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from databoard.models import Event, LeaderboardRow, Submission
from databoard.ops import schema
from databoard.queries import leaderboards
from databoard.queries.board_order import BoardRequest
from databoard.services.base.database import make_engine
from databoard.services.boards import rows
from databoard.services.results import recording
from databoard.states import BoardKind, SubmissionState
from tests.support.naive_board import naive_board, stored_board
from tests.support.submissions import fold_run

N_HAPPENINGS = 20


@pytest.mark.parametrize("seed", range(4))
def test_after_any_sequence_both_boards_are_those_of_the_results(session, course, seed):
    course.chance = random.Random(seed)
    told = []
    for _ in range(N_HAPPENINGS):
        happening = course.chance.choice(course.happenings)
        told.append(happening.__name__)
        happening()
        for kind in BoardKind:
            expected = naive_board(session, course.event.id, kind)
            page = leaderboards.page(session, event=course.event, kind=kind, request=BoardRequest())
            assert stored_board(page.rows) == expected, told
            assert page.n_rows == len(expected), told
            every = leaderboards.every_row(session, event=course.event, kind=kind)
            assert stored_board(every) == expected, told
        assert rows.rebuild(session, course.event) == [], told


def test_the_migration_fills_the_rows_as_the_server_writes_them(database_url, session, course):
    course.chance = random.Random(7)
    for happening in (*[course.score] * 5, course.blend, course.rescore, course.fail, course.leave_or_join):
        happening()
    event_id, written = course.event.id, session.query(LeaderboardRow).count()
    session.commit()
    session.close()
    session.get_bind().dispose()
    schema.downgrade(database_url, "0006")
    schema.upgrade(database_url)
    assert written == session.query(LeaderboardRow).count() > 2
    assert rows.rebuild(session, session.get(Event, event_id)) == []


def test_a_process_that_dies_between_result_and_board_leaves_neither(
    database_url, session, course, monkeypatch
):
    course.score()
    claim = course.claim_new()
    session.commit()
    child = os.fork()
    if child == 0:
        die_before_the_board(database_url, claim, course.scores(), course.now)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    session.expire_all()
    submission = session.get(Submission, claim.submission_id)
    assert (submission.state, submission.scores) == (SubmissionState.training, [])
    assert claim.submission_id not in [row.submission_id for row in session.query(LeaderboardRow)]
    assert rows.rebuild(session, course.event) == []


def die_before_the_board(url, claim, scores, now):
    """Record a result in a forked process, and be killed when the rows of the board are due."""
    try:
        with Session(make_engine(url)) as session:

            def refresh(*_):
                session.flush()
                os.kill(os.getpid(), signal.SIGKILL)

            recording.boards = SimpleNamespace(refresh=refresh)
            runs = (fold_run(0), fold_run(1))
            recording.record_scores(session, claim, runs=runs, scores=scores, now=now)
    finally:
        os._exit(1)
