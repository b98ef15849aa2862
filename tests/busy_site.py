"""A site in full use: submissions in every kind of state, events that are busy, quiet and over, people who wait.

``fill`` turns the stage of the tests (the cast and one event) into it. The browser tests look at every page of it.
"""

from datetime import datetime, timedelta
from itertools import product
from types import SimpleNamespace

from flask import url_for
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from databoard.models import (
    Alert,
    CVFold,
    EnsembleScore,
    Event,
    EventScoreType,
    EventTeam,
    Job,
    JobAttempt,
    SandboxVersion,
    Submission,
    SubmissionFoldScore,
    SubmissionScore,
    SupersededScore,
)
from databoard.queries.tables.catalogue import TABLES
from databoard.services.base.files import FileStore
from databoard.services.boards import rows as boards
from databoard.services.events import events, notebooks, provisioning
from databoard.services.people import accounts, tokens
from databoard.services.queue import jobs, schedule, workers
from databoard.services.queue.schedule import Planned
from databoard.services.submissions import submit
from databoard.services.teams import sandbox, sign_ups, teams
from databoard.states import EnsembleKind, ErrorCode, JobState, SubmissionState
from tests import busy_storage
from tests.notebook_files import write_notebook

LONG_LINE = "X = data[['sepal length', 'sepal width', 'petal length', 'petal width']]  # " + "wide " * 40
CODE = f"class Classifier:\n    def fit(self, X, y):\n        {LONG_LINE}\n".encode()
TRACE = f'Traceback (most recent call last):\n  File "classifier.py", line 3, in fit\n    {LONG_LINE}\nValueError: no'
OPEN_LAYERS = (
    "The jail is open, nothing untrusted may run: tracing (another process can be seen). See fab jail_check."
)
S = SubmissionState
WAY = (S.sent_to_training, S.training, S.tested, S.scored)
#: A board of so many rows is sorted and searched in the browser.
N_LONG = 31


def fill(session: Session, store: FileStore, now: datetime) -> SimpleNamespace:
    """Put the site into full use; return what the addresses of its pages name."""
    stage = SimpleNamespace(session=session, store=store, now=now)
    event = events.event_by_name(session, "iris_test")
    event.max_attempts_per_day, event.max_scored_per_day = 20, 15
    closed = _twin(
        stage, event, "iris_closed", opens_at=now - timedelta(days=60), closes_at=now - timedelta(days=9)
    )
    _twin(stage, event, "iris_quiet", is_controlled_signup=True, min_duration_between_submissions_s=0)
    _join(stage, "iris_closed", "owls", "charlie")
    _join(stage, "iris_quiet", "alice")
    _ask(stage, "iris_quiet", "bob", "charlie")
    facts = _submissions(stage, event)
    facts.version_ids = _versions(stage, event)
    _long_board(stage, closed)
    _combined(session, event, now)
    _workers(stage)
    _schedule(stage)
    busy_storage.fill(session, now)
    _alert(session, now)
    tokens.add(
        session, user=accounts.user_by_name(session, "root"), name="nightly", days=90, actor=None, now=now
    )
    facts.image_name = _notebook(stage)
    _attempts(stage, facts)
    session.commit()
    return facts


def _twin(stage, event: Event, name: str, **changes) -> Event:
    """Return another event of the same problem, scores and folds, run by the same people."""
    keys = {each.key for each in inspect(Event).column_attrs} - {"id", "name", "title"}
    kept = {key: getattr(event, key) for key in keys}
    twin = Event(name=name, title=f"Iris, {name.removeprefix('iris_')}", **{**kept, **changes})
    for model, rows in ((EventScoreType, event.score_types), (CVFold, event.cv_folds)):
        columns = [c.key for c in model.__table__.columns if c.key not in {"id", "event_id"}]
        copies = [model(**{key: getattr(row, key) for key in columns}) for row in rows]
        setattr(twin, "score_types" if model is EventScoreType else "cv_folds", copies)
    stage.session.add(twin)
    stage.session.flush()
    olga = accounts.user_by_name(stage.session, "olga")
    provisioning.make_event_admin(stage.session, event_name=name, user=olga, now=stage.now)
    return twin


def _join(stage, event_name: str, *team_names: str) -> None:
    event = events.event_by_name(stage.session, event_name)
    closes_at, event.closes_at = event.closes_at, None
    for name in team_names:
        team = teams.team_by_name(stage.session, name)
        sign_ups.sign_up_team(stage.session, event=event, team=team, store=stage.store, now=stage.now)
    event.closes_at = closes_at


def _ask(stage, event_name: str, *names: str) -> None:
    """Let people ask to join an event that decides who joins."""
    event = events.event_by_name(stage.session, event_name)
    for name in names:
        user = accounts.user_by_name(stage.session, name)
        sign_ups.sign_up(stage.session, event=event, user=user, store=stage.store, now=stage.now)


def _submissions(stage, event: Event) -> SimpleNamespace:
    """Hand in one submission of every kind; return their addresses."""
    owls, charlies = (_team(stage, event, name) for name in ("owls", "charlie"))
    scored = _score(stage, _hand_in(stage, owls, "forest", by="alice"), 0.93)
    _score(stage, _hand_in(stage, charlies, "neighbours"), 0.91)
    failed = _hand_in(stage, owls, "broken")
    failed.state, failed.error_code = S.training_error, ErrorCode.training_error
    failed.error_message, failed.trace = "ValueError: <b>no</b>\nFit failed on fold 0.", TRACE
    halted = _hand_in(stage, owls, "halted")
    halted.state = S.cancelled
    waiting = _hand_in(stage, owls, "waits")
    found = {"scored": scored, "failed": failed, "cancelled": halted, "waiting": waiting}
    return SimpleNamespace(**{state: submission.slug for state, submission in found.items()})


def _team(stage, event: Event, name: str) -> EventTeam:
    team = teams.team_by_name(stage.session, name)
    return stage.session.query(EventTeam).filter_by(event_id=event.id, team_id=team.id).one()


def _hand_in(stage, team: EventTeam, name: str, by: str | None = None) -> Submission:
    """Return a new submission: of a member through the sandbox, or deposited."""
    if by is not None:
        user = accounts.user_by_name(stage.session, by)
        facts = {"user": user, "store": stage.store, "now": stage.now - timedelta(hours=3)}
        return submit.submit(stage.session, event_team=team, name=name, **facts)
    files = {"classifier.py": CODE}
    facts = {"files": files, "store": stage.store, "now": stage.now - timedelta(minutes=30)}
    return submit.deposit(stage.session, event_team=team, name=name, **facts)


def _versions(stage, event: Event) -> list[int]:
    """Save the owls' file twice; return the numbers of its versions."""
    owls, alice = _team(stage, event, "owls"), accounts.user_by_name(stage.session, "alice")
    for minutes, text in enumerate(("one = 1\n", "two = 2\n")):
        saved_at = stage.now - timedelta(minutes=10 - minutes)
        facts = {"user": alice, "store": stage.store, "now": saved_at}
        sandbox.save(stage.session, event_team=owls, texts={"classifier": text}, **facts)
    return list(stage.session.scalars(select(SandboxVersion.id).order_by(SandboxVersion.id)))


def _score(stage, submission: Submission, value: float) -> Submission:
    """Give a submission scores, times and a share of the blend."""
    for state in WAY:
        submission.state = state
    submission.contributivity = submission.historical_contributivity = 0.5
    kinds = submission.event_team.event.score_types
    bags = {"valid_bags": [value - 0.1, value], "test_bags": [value - 0.2, value - 0.1], "version": "v1"}
    means = {f"{part}_{kind}": 0.1 for part in ("train", "valid", "test") for kind in ("mean", "std")}
    submission.scores = [
        SubmissionScore(event_score_type=kind, valid_bag=value, test_bag=value - 0.1, **bags, **means)
        for kind in kinds
    ]
    for fold in submission.folds:
        fold.state, fold.train_time_s, fold.valid_time_s, fold.cpu_time_s = S.scored, 1.5, 0.2, 2.5
        fold.test_time_s, fold.max_rss_bytes, fold.printed = 0.1, 180 * 2**20, LONG_LINE
        scores = {"train_score": value, "valid_score": value - 0.1, "test_score": value - 0.2}
        fold.scores = [SubmissionFoldScore(event_score_type=kind, **scores) for kind in kinds]
    facts = {
        "version": "0123456789",
        "valid_bag": 0.4,
        "test_bag": 0.3,
        "details": {},
        "replaced_at": stage.now,
    }
    stage.session.add(SupersededScore(submission_id=submission.id, name="acc", **facts))
    boards.refresh(stage.session, submission.event_team.event_id, [submission.id])
    return submission


def _long_board(stage, event: Event) -> None:
    closes_at, event.closes_at = event.closes_at, None
    for number in range(N_LONG):
        team = _team(stage, event, "owls" if number % 2 else "charlie")
        _score(stage, _hand_in(stage, team, f"model_{number}"), 0.5 + number / 100)
    event.closes_at = closes_at


def _combined(session: Session, event: Event, now: datetime) -> None:
    session.add_all(
        EnsembleScore(
            event_id=event.id,
            event_score_type_id=kind.id,
            kind=EnsembleKind.combined,
            valid_score=0.95,
            test_score=0.9,
            computed_at=now,
        )
        for kind in event.score_types
    )


def _notebook(stage) -> str:
    """Give the problem a notebook with every kind of output; return the name of its picture."""
    rendered = notebooks.render(write_notebook(stage.store.home / "kits" / "iris", LONG_LINE))
    notebooks.keep(stage.store, "iris", rendered)
    return rendered.notebook.images[0]


def _workers(stage) -> None:
    """Let one worker train, one fall silent, one be refused."""
    known = {"engine": "local", "n_slots": 2, "pid": 7}
    for name, level, open_layers, minutes_ago in (
        ("trainer-07.highmem.compute.example.org:4242", "A", "", 0),
        ("far:8", "A", "", 90),
        ("open:9", "", OPEN_LAYERS, 0),
    ):
        workers.register(
            stage.session,
            name=name,
            host=name.partition(":")[0],
            jail_level=level,
            open_layers=open_layers,
            now=stage.now - timedelta(minutes=minutes_ago),
            **known,
        )
    jobs.claim_next(stage.session, worker="trainer-07.highmem.compute.example.org:4242", now=stage.now)


def _schedule(stage) -> None:
    """Let one entry have failed and one never have run."""
    session, now = stage.session, stage.now
    late = now + timedelta(hours=3)
    entries = [Planned(name, "0 1 * * *", "It does something.", late) for name in ("backup", "check_boards")]
    schedule.plan(session, entries)
    by = {"by": "near:7", "now": now}
    schedule.claim(session, "backup", **by, hold=timedelta(hours=1), next_due_at=late)
    schedule.end(session, "backup", **by, started_at=now, error="The disk is full.", said="")


def _attempts(stage, facts: SimpleNamespace) -> None:
    """Name a job that failed after one that was lost, one that runs and one that waits; and the workers."""
    by_slug = {each.slug: each for each in stage.session.scalars(select(Submission)).all()}
    failed = by_slug[facts.failed].jobs[-1]
    for number, outcome, code, log in (
        (1, "handed back", ErrorCode.worker_lost, f"No sign of life. {LONG_LINE}"),
        (2, "error", ErrorCode.training_error, f"--- fold 0: training_error\n{LONG_LINE}"),
    ):
        began = stage.now - timedelta(minutes=30 - number)
        times = {"started_at": began, "ended_at": began + timedelta(seconds=20)}
        facts_of = {"lease": "x", "worker": "far:8", "outcome": outcome, "error_code": code, "log": log}
        stage.session.add(JobAttempt(job_id=failed.id, number=number, **times, **facts_of))
    failed.state, failed.n_attempts, failed.error_code = JobState.cancelled, 2, ErrorCode.training_error
    failed.finished_at = stage.now - timedelta(minutes=27)
    running = stage.session.scalars(select(Job).where(Job.state == JobState.started)).first()
    facts.job_ids = [failed.id, running.id, by_slug[facts.waiting].jobs[-1].id]
    facts.submission_ids = [by_slug[slug].id for slug in (facts.scored, facts.failed, facts.waiting)]
    facts.worker_names = ["trainer-07.highmem.compute.example.org:4242", "far:8", "open:9"]


def _alert(session: Session, now: datetime) -> None:
    """Let one thing be wrong, of which a mail said so and the webhook could not."""
    facts = {"kind": "disk", "state": "fail", "text": "1 of 250 GiB are free.", "fix": "fab empty_trash"}
    session.add(Alert(**facts, first_at=now, mailed_at=now, error="The webhook answers 500."))


def addresses(app, facts: SimpleNamespace) -> list[str]:
    """Return the address of every GET route with every object of the site that it may name.

    Raises
    ------
    KeyError
        If a route names an object of a kind that this site has not: put one into `fill` and name it here.
    """
    objects = {
        "event_name": ["iris_test", "iris_closed", "iris_quiet"],
        "problem_name": ["iris"],
        "slug": [facts.scored, facts.failed, facts.cancelled, facts.waiting],
        "version_id": facts.version_ids,
        "element": ["classifier"],
        "image_name": [facts.image_name],
        "filename": ["css/databoard.css"],
        "table_name": list(TABLES),
        "login": ["alice", "wanda"],
        "job_id": facts.job_ids,
        "submission_id": facts.submission_ids,
        "worker_name": facts.worker_names,
    }
    with app.test_request_context():
        return [
            url_for(rule.endpoint, **dict(zip(sorted(rule.arguments), values, strict=True)))
            for rule in app.url_map.iter_rules()
            if "GET" in rule.methods
            for values in product(*(objects[name] for name in sorted(rule.arguments)))
        ]
