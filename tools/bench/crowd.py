"""Many teams and submissions of an event, written in bulk as if all had signed up and submitted.

Called by the benchmarks of boards, queue and polling. The rows are those that the services write for a submission on
its way; only the files are left out.
"""

import random
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from databoard.models import (
    Base,
    Event,
    EventTeam,
    Job,
    Submission,
    SubmissionFold,
    SubmissionFoldScore,
    SubmissionScore,
    Team,
    TeamMember,
    User,
)
from databoard.services.boards import rows as board_rows
from databoard.states import AccessLevel, JobState, JobStep, MembershipStatus, SubmissionState

#: Scored submissions of a team.
PER_TEAM = 5
#: The last scored submission of a crowd was trained so long ago: it is no load of today.
AGO = timedelta(days=2)
#: So many submissions share the blend.
N_BLENDED = 80
_CHUNK = 5_000
Row = dict[str, object]


def add_scored(session: Session, event: Event, n: int, *, now: datetime) -> None:
    """Write `n` scored submissions, five of each team, with folds, scores and jobs; the first share the blend."""
    n_blended = min(n, N_BLENDED)
    share = 1 / max(n_blended, 1)
    blended: Row = {"contributivity": share, "historical_contributivity": share}
    _add(session, event, [blended] * n_blended + [{}] * (n - n_blended), highest=1.0, now=now)


def add_weak(session: Session, event: Event, n: int, *, now: datetime) -> None:
    """Write the same, with low scores and out of every blend, so that a worker looks for no files of theirs."""
    _add(session, event, [{"is_to_ensemble": False}] * n, highest=0.8, now=now)


def _add(session: Session, event: Event, facts: Sequence[Row], *, highest: float, now: datetime) -> None:
    """Write a scored submission with each of `facts` in its row; no score is above `highest`."""
    n, chance = len(facts), random.Random(57)  # noqa: S311 (no secret)
    team_ids = add_teams(session, event, -(-n // PER_TEAM), now=now)
    began_at = now - AGO - timedelta(seconds=n)
    rows = [
        _submission(number, team_ids, began_at + timedelta(seconds=number))
        | _training(began_at + timedelta(seconds=number))
        | {"contributivity": 0.0, "historical_contributivity": 0.0, "is_to_ensemble": True}
        | of_one
        for number, of_one in enumerate(facts)
    ]
    ids = _insert_submissions(session, event, rows)
    fold_ids = _insert_folds(session, event, ids, lambda: _scored_fold(chance))
    score_ids = [score.id for score in event.score_types]
    _insert(session, SubmissionScore, (_scores(i, s, chance, highest) for i in ids for s in score_ids))
    _insert(session, SubmissionFoldScore, (_fold_scores(i, s, chance) for i in fold_ids for s in score_ids))
    ended = {"state": JobState.success, "n_attempts": 1, "started_at": began_at, "finished_at": began_at}
    _insert(session, Job, (_job(i, began_at) | ended for i in ids))
    session.expire_all()
    board_rows.rebuild(session, event)


def add_waiting(session: Session, event: Event, n: int, *, n_teams: int, now: datetime) -> None:
    """Write `n` submissions that passed their check and wait for their training."""
    team_ids = add_teams(session, event, n_teams, now=now)
    submitted = [now - timedelta(seconds=n - number) for number in range(n)]
    rows = [_submission(number, team_ids, at) for number, at in enumerate(submitted)]
    ids = _insert_submissions(session, event, rows)
    _insert_folds(session, event, ids, dict)
    _insert(session, Job, (_job(i, at) for i, at in zip(ids, submitted, strict=True)))
    session.expire_all()


def add_teams(session: Session, event: Event, n: int, *, now: datetime) -> list[int]:
    """Write `n` users, each a team alone in the event; return the ids of the event's new teams."""
    first = session.scalar(select(func.count(Team.id))) or 0
    names = [f"team{first + number:05d}" for number in range(n)]
    _insert(session, User, (_user(name, now) for name in names))
    _insert(session, Team, ({"name": name, "is_individual": True, "created_at": now} for name in names))
    users, teams = (
        dict(session.execute(select(kind.name, kind.id).where(kind.name.in_(names))).all())
        for kind in (User, Team)
    )
    accepted = {"status": MembershipStatus.accepted, "joined_at": now}
    _insert(session, TeamMember, ({"team_id": teams[n], "user_id": users[n], **accepted} for n in names))
    joined = {"event_id": event.id, "signed_up_at": now, "approved_at": now}
    _insert(session, EventTeam, ({"team_id": teams[name], **joined} for name in names))
    query = select(EventTeam.id).where(
        EventTeam.event_id == event.id, EventTeam.team_id.in_(select(Team.id).where(Team.name.in_(names)))
    )
    return list(session.scalars(query.order_by(EventTeam.id)))


def _insert_submissions(session: Session, event: Event, rows: list[Row]) -> list[int]:
    """Write submissions; return their ids in the order of the rows."""
    _insert(session, Submission, rows)
    ids = dict(session.execute(select(Submission.slug, Submission.id)).all())
    return [ids[str(row["slug"])] for row in rows]


def _insert_folds(
    session: Session, event: Event, submission_ids: Sequence[int], facts: Callable[[], Row]
) -> list[int]:
    """Write the folds of submissions; return the ids of the new rows."""
    before = session.scalar(select(func.max(SubmissionFold.id))) or 0
    fold_ids = [fold.id for fold in event.cv_folds]
    rows = ({"submission_id": i, "cv_fold_id": k, **facts()} for i in submission_ids for k in fold_ids)
    _insert(session, SubmissionFold, rows)
    query = select(SubmissionFold.id).where(SubmissionFold.id > before)
    return list(session.scalars(query.order_by(SubmissionFold.id)))


def _insert(session: Session, kind: type[Base], rows: Iterable[Row]) -> None:
    rows = iter(rows)
    while chunk := list(islice(rows, _CHUNK)):
        session.execute(insert(kind), chunk)


def _user(name: str, now: datetime) -> Row:
    return {
        "name": name,
        "login": name,
        "email": f"{name}@example.org",
        "password_hash": "",  # nobody logs in by it
        "access_level": AccessLevel.user,
        "session_key": secrets.token_hex(16),
        "created_at": now,
        "updated_at": now,
    }


def _submission(number: int, team_ids: Sequence[int], submitted_at: datetime) -> Row:
    return {
        "event_team_id": team_ids[number % len(team_ids)],
        "name": f"model_{number:05d}",
        "slug": secrets.token_urlsafe(12),
        "submitted_at": submitted_at,
    }


def _training(submitted_at: datetime) -> Row:
    """Return what the training of a submission left in its row."""
    started_at, finished_at = submitted_at + timedelta(seconds=1), submitted_at + timedelta(seconds=3)
    return {
        "state": SubmissionState.scored,
        "predictions_key": secrets.token_hex(16),
        "training_started_at": started_at,
        "finished_at": finished_at,
    }


def _scored_fold(chance: random.Random) -> Row:
    return {
        "state": SubmissionState.scored,
        "train_time_s": chance.uniform(0.1, 5.0),
        "valid_time_s": chance.uniform(0.01, 0.5),
        "test_time_s": 0.1,
        "cpu_time_s": chance.uniform(0.1, 5.0),
        "max_rss_bytes": 180 * 2**20,
    }


def _scores(submission_id: int, score_id: int, chance: random.Random, highest: float) -> Row:
    valid, test = chance.uniform(0.5, highest), chance.uniform(0.5, highest)
    means = {f"{part}_mean": value for part, value in (("train", 1.0), ("valid", valid), ("test", test))}
    return {
        "submission_id": submission_id,
        "event_score_type_id": score_id,
        "valid_bag": valid,
        "test_bag": test,
        "valid_bags": [valid, valid],
        "test_bags": [test, test],
        "version": "",
        **means,
        **dict.fromkeys(("train_std", "valid_std", "test_std"), 0.01),
    }


def _fold_scores(fold_id: int, score_id: int, chance: random.Random) -> Row:
    scores = {name: chance.random() for name in ("train_score", "valid_score", "test_score")}
    return {"submission_fold_id": fold_id, "event_score_type_id": score_id, **scores}


def _job(submission_id: int, created_at: datetime) -> Row:
    return {"submission_id": submission_id, "step": JobStep.train_test, "created_at": created_at}
