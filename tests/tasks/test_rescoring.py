"""`fab rescore`: an event of combined predictions, its weights turned round; scores by hand.

On each of four rows the team owls is right about the class and off by 60 % in the value; charlie is right about every
second class and exact in the value. So their errors are 0 and 1/2, their mean absolute relative errors 0.6 and 0.
"""

import json
import shutil
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from sqlalchemy.exc import OperationalError

from databoard import kits
from databoard.errors import Conflict, KitError, RuleError
from databoard.models import (
    AuditEntry,
    EventTeam,
    Submission,
    SubmissionFold,
    SubmissionScore,
    SupersededScore,
)
from databoard.ops import rescoring
from databoard.runner import save_predictions
from databoard.scoring.folds import FoldPredictions
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events, provisioning
from databoard.services.queue import jobs
from databoard.services.results import recording
from databoard.services.submissions import rows as submission_rows
from databoard.services.teams import sign_ups, teams
from databoard.states import JobState, SubmissionState
from databoard.tasks import rescoring_report

PROBLEM = """
import numpy as np
import databoard.workflows as workflows
from databoard.scoring import prediction_types, score_types as st

problem_title = "Class and value"
Predictions = prediction_types.make_combined(
    [prediction_types.make_multiclass(label_names=["a", "b"]), prediction_types.make_regression()]
)
workflow = workflows.Classifier()
error, mare = st.ClassificationError(name="error"), st.MARE(name="mare")
score_types = [
    st.Combined([error, mare], weights=[2 / 3, 1 / 3], name="combined", precision=3),
    st.MakeCombined(error, 0, name="err"),
    st.MakeCombined(mare, 1, name="mare"),
]
TRUTH = np.array([["a", 10.0], ["b", 10.0], ["a", 20.0], ["b", 20.0]], dtype=object)


def get_cv(X, y):
    return [(np.array([2, 3]), np.array([0, 1])), (np.array([0, 1]), np.array([2, 3]))]


def get_train_data(path="."):
    return np.zeros((4, 1)), TRUTH


get_test_data = get_train_data
"""
KILLED = """
import json, os, sys
from pathlib import Path
from types import SimpleNamespace
from databoard.services.results import rescoring as service
from databoard.tasks import rescoring_report

written = service.apply

def apply_and_die(*args, **kwargs):
    written(*args, **kwargs)
    os.kill(os.getpid(), 9)

service.apply = apply_and_die
config = SimpleNamespace(**json.loads(sys.argv[1]))
config.home, config.problems = Path(config.home), Path(config.problems)
rescoring_report.rescore(config, event_name="pair", is_dry_run=False)
"""
OWLS = np.array([[1, 0, 16], [0, 1, 16], [1, 0, 32], [0, 1, 32]], dtype=float)
CHARLIE = np.array([[1, 0, 10], [1, 0, 10], [1, 0, 20], [1, 0, 20]], dtype=float)


@pytest.fixture
def pair(tmp_path, home, database_url, now):
    """The event `pair` with a scored submission of the owls, then one of charlie, on each kind of database."""
    yield from set_up(tmp_path, home, database_url, now)


@pytest.fixture
def lone(tmp_path, home, sqlite_url, now):
    """The same on SQLite only."""
    yield from set_up(tmp_path, home, sqlite_url, now)


def set_up(tmp_path, home, url, now):
    kit = tmp_path / "problems" / "pair"
    (kit / "events").mkdir(parents=True)
    (kit / "events" / "pair.toml").write_text('title = "Pair"\nmax_members_per_team = 2\n')
    (kit / "problem.py").write_text(PROBLEM)
    (kit / "starting_kit").mkdir()
    (kit / "starting_kit" / "classifier.py").write_text("x = 1\n")
    engine = make_engine(url)
    stage = SimpleNamespace(kit=kit, sessions=session_factory(engine), store=FileStore(home, kit.parent))
    stage.config = SimpleNamespace(
        home=home, problems=kit.parent, db_url=url, is_db_perf=False, jail="none", lease_s=60
    )
    with transaction(stage.sessions) as session, pytest.MonkeyPatch.context() as patch:
        # In this process: a kit that we wrote needs no other, and starting one takes seconds.
        patch.setattr(kits, "prepare_and_describe", lambda path, *_, **__: kits.load(path))
        patch.setattr(
            kits, "describe_with_folds", lambda path, *_: (kits.load(path), kits.folds(kits.load(path)))
        )
        provisioning.add_problem(session, name="pair", store=stage.store, now=now)
        provisioning.add_event(session, name="pair", store=stage.store, now=now)
        event = events.event_by_name(session, "pair")
        for name in ("owls", "charlie"):
            team = teams.team_by_name(session, name)
            sign_ups.sign_up_team(session, event=event, team=team, store=stage.store, now=now)
    add_scored(stage, "owls", OWLS, {"combined": 0.2, "err": 0.0, "mare": 0.6}, now)
    add_scored(stage, "charlie", CHARLIE, {"combined": 1 / 3, "err": 0.5, "mare": 0.0}, now)
    yield stage
    engine.dispose()


def add_scored(stage, team, y_pred, scores, at):
    """Write a submission as if it had been trained and scored."""
    with transaction(stage.sessions) as session:
        event = events.event_by_name(session, "pair")
        event_team = team_of(session, team)
        row = Submission(event_team_id=event_team.id, name=f"of_{team}", slug=team, submitted_at=at)
        row.state, row.predictions_key = SubmissionState.scored, "lease"
        session.add(row)
        row.scores = [
            SubmissionScore(
                event_score_type=kind,
                valid_bag=scores[kind.name],
                test_bag=scores[kind.name],
                valid_bags=[],
                test_bags=[],
                version=event.score_version,
            )
            for kind in event.score_types
        ]
        row.folds = [SubmissionFold(cv_fold=fold, state=SubmissionState.scored) for fold in event.cv_folds]
        session.flush()
        keep(stage, row, y_pred)


def team_of(session, name):
    query = session.query(EventTeam).filter(EventTeam.event.has(name="pair"))
    return query.filter(EventTeam.team.has(name=name)).one()


def keep(stage, row, y_pred):
    folder = stage.store.predictions_path(row.id, row.predictions_key)
    save_predictions(folder, [FoldPredictions(number, y_pred, y_pred) for number in (0, 1)])


def turn_round(stage):
    edit(stage, "weights=[2 / 3, 1 / 3]", "weights=[1 / 3, 2 / 3]")


def edit(stage, old, new):
    text = (stage.kit / "problem.py").read_text()
    assert old in text
    (stage.kit / "problem.py").write_text(text.replace(old, new))


def rescore(stage, **options):
    return rescoring_report.rescore(stage.config, event_name="pair", **{"is_dry_run": False, **options})


def board(stage):
    """Return by submission its scores on the board, by shown name."""
    with transaction(stage.sessions) as session:
        rows = session.query(SubmissionScore).filter(SubmissionScore.submission.has(state="scored")).all()
        found = {}
        for row in rows:
            found.setdefault(row.submission.name, {})[row.event_score_type.name] = row.valid_bag
        return found


def superseded(stage):
    with transaction(stage.sessions) as session:
        query = session.query(SupersededScore).order_by(SupersededScore.id)
        return [(row.submission.name, row.name, row.valid_bag) for row in query]


OLD = {
    "of_owls": {"combined": 0.2, "err": 0.0, "mare": 0.6},
    "of_charlie": {"combined": 1 / 3, "err": 0.5, "mare": 0.0},
}
NEW = {
    "of_owls": {"combined": pytest.approx(0.4), "err": 0.0, "mare": pytest.approx(0.6)},
    "of_charlie": {"combined": pytest.approx(1 / 6), "err": 0.5, "mare": 0.0},
}


def test_other_weights_change_the_ranks_and_the_old_scores_are_kept(pair, capsys):
    turn_round(pair)
    assert rescore(pair, format="json") == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["submission"], first["rank_before"], first["rank_after"]) == ("of_charlie", 2, 1)
    assert (second["score_before"], second["score_after"]) == (0.2, pytest.approx(0.4))
    assert board(pair) == NEW
    assert superseded(pair) == [
        (name, score, value) for name, scores in OLD.items() for score, value in scores.items()
    ]


def test_rescoring_without_a_worker_says_what_computes_the_contributivities(lone, capsys):
    rescore(lone)
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("The contributivities of pair are being computed; until then the earlier ones are")
    assert said.endswith("start one with fab worker, or compute them now: fab compute_contributivity:pair")


def test_a_dry_run_shows_the_same_and_writes_nothing(lone, capsys):
    turn_round(lone)
    assert rescore(lone, is_dry_run=True) == 0
    out = capsys.readouterr().out
    assert "          2           1  charlie  of_charlie" in out
    assert "nothing is written" in out
    assert (board(lone), superseded(lone)) == (OLD, [])


def test_a_rescoring_is_audited_versioned_and_makes_blending_due(pair):
    turn_round(pair)
    rescore(pair)
    with transaction(pair.sessions) as session:
        event = events.event_by_name(session, "pair")
        assert event.n_ensemble_changes == 1
        versions = {row.version for row in session.query(SubmissionScore)}
        assert versions == {event.score_version}
        assert event.score_version not in {row.version for row in session.query(SupersededScore)}
        entry = session.query(AuditEntry).filter_by(action="rescore").one()
        assert (entry.object_name, entry.detail["n_replaced"], entry.detail["n_kept"]) == ("pair", 2, 0)


def test_rescoring_twice_changes_nothing_the_second_time(lone, capsys):
    turn_round(lone)
    rescore(lone)
    n_superseded = len(superseded(lone))
    rescore(lone)
    assert "pair: 0 submissions have new scores" in capsys.readouterr().out
    assert len(superseded(lone)) == n_superseded


def test_a_run_that_is_killed_before_it_commits_leaves_all_old(pair):
    turn_round(pair)
    settings = json.dumps(vars(pair.config), default=str)
    killed = subprocess.run([sys.executable, "-c", KILLED, settings], capture_output=True, text=True)
    assert killed.returncode == -9, killed.stderr
    assert (board(pair), superseded(pair)) == (OLD, [])
    rescore(pair)
    assert board(pair) == NEW


def test_scores_may_be_added_removed_renamed_and_another_made_official(pair, capsys):
    (pair.kit / "events" / "pair.toml").write_text(
        'title = "Pair"\n[[scores]]\nscore_type = "mare"\nname = "relative"\nprecision = 5\nis_official = true\n'
        '[[scores]]\nscore_type = "err"\n'
    )
    rescore(pair)
    assert "The official score is relative now, it was combined." in capsys.readouterr().out
    assert board(pair)["of_owls"] == {"relative": pytest.approx(0.6), "err": 0.0}
    with transaction(pair.sessions) as session:
        shown = [
            (s.name, s.precision, s.position, s.is_official)
            for s in events.event_by_name(session, "pair").score_types
        ]
    assert shown == [("relative", 5, 0, True), ("err", 2, 1, False)]
    assert ("of_owls", "combined", 0.2) in superseded(pair)
    (pair.kit / "events" / "pair.toml").write_text('title = "Pair"\n')
    rescore(pair)
    assert board(pair)["of_charlie"] == {
        name: pytest.approx(value) for name, value in OLD["of_charlie"].items()
    }


def test_a_kit_that_ranks_by_the_mean_from_now_on_makes_the_boards_do_so(lone, capsys):
    edit(lone, "problem_title =", 'leaderboard_score_kind = "mean"\nproblem_title =')
    with transaction(lone.sessions) as session:  # a mean that the bag does not show
        session.query(SubmissionScore).update({"valid_mean": 0.75})
    rescore(lone, format="json")
    assert (
        json.loads(capsys.readouterr().out) == []
    )  # folds of one size: the means are the scores of the bags
    with transaction(lone.sessions) as session:
        assert events.event_by_name(session, "pair").score_kind == "mean"
        means = [row.valid_mean for row in session.query(SubmissionScore) if row.event_score_type.is_official]
    assert means == [pytest.approx(0.2), pytest.approx(1 / 3)]


def test_scores_of_folds_are_replaced(lone):
    turn_round(lone)
    rescore(lone)
    with transaction(lone.sessions) as session:
        fold = session.query(SubmissionFold).filter(SubmissionFold.submission.has(name="of_owls")).first()
        scores = {row.event_score_type.name: row.valid_score for row in fold.scores}
    assert scores == NEW["of_owls"]


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (lambda file: file.unlink(), "missing"),
        (lambda file: file.write_bytes(b"PK"), "damaged"),
        (lambda file: file.write_bytes(file.read_bytes().replace(b"NUMPY", b"MUMPY")), "damaged"),
        (
            lambda file: save_predictions(file.parent, [FoldPredictions(i, OWLS[:3], OWLS) for i in (0, 1)]),
            "fit",
        ),
    ],
)
def test_a_submission_whose_predictions_cannot_be_scored_keeps_its_scores(lone, capsys, harm, word):
    turn_round(lone)
    with transaction(lone.sessions) as session:
        row = session.query(Submission).filter_by(name="of_owls").one()
        harm(lone.store.predictions_path(row.id, row.predictions_key) / "predictions.npz")
    assert rescore(lone) == 1
    out = capsys.readouterr().out
    assert "owls/of_owls keeps its old scores: its predictions" in out and word in out
    assert "fab set_state:pair,owls,of_owls,new" in out
    assert board(lone) == {"of_owls": OLD["of_owls"], "of_charlie": NEW["of_charlie"]}


def test_nothing_is_written_when_no_submission_can_be_rescored(lone):
    edit(lone, '["b", 20.0]]', '["b", 20.0], ["a", 1.0]]')
    edit(lone, "np.zeros((4, 1))", "np.zeros((5, 1))")
    with pytest.raises(RuleError, match="None of the 2 scored submissions"):
        rescore(lone)
    assert (board(lone), superseded(lone)) == (OLD, [])


def test_a_kit_that_fails_changes_nothing(lone):
    edit(lone, "weights=[2 / 3, 1 / 3]", "weights=[2 / 3]")
    with pytest.raises(KitError):
        rescore(lone)
    assert board(lone) == OLD


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


def test_bounds_and_direction_that_change_with_the_kit_are_taken_over(lone):
    edit(lone, "st.Combined([error, mare], weights=[2 / 3, 1 / 3], ", "st.MakeCombined(st.Accuracy(), 0, ")
    assert rescore(lone) == 0
    assert [scores["combined"] for scores in board(lone).values()] == [1.0, 0.5]
    with transaction(lone.sessions) as session:
        kind = events.event_by_name(session, "pair").official_score.score_type
        assert (kind.name, kind.is_lower_the_better, kind.maximum) == ("combined", False, 1.0)


def test_a_format_that_nobody_knows_is_refused_before_the_work(tmp_path):
    with pytest.raises(RuleError, match="Expected format"):
        rescoring_report.rescore(SimpleNamespace(), event_name="pair", is_dry_run=True, format="xml")


def test_a_deadlock_with_a_worker_is_tried_again(lone, monkeypatch):
    def deadlock():
        raise OperationalError("UPDATE", {}, Exception("deadlock detected"))

    turn_round(lone)
    meanwhile(monkeypatch, deadlock)
    rescore(lone)
    assert board(lone) == NEW


def test_a_changed_kit_names_the_other_events_to_rescore(lone, capsys, now):
    shutil.copy(lone.kit / "events" / "pair.toml", lone.kit / "events" / "second.toml")
    with transaction(lone.sessions) as session:
        provisioning.add_event(session, name="second", store=lone.store, now=now)
    turn_round(lone)
    rescore(lone)
    assert "Rescore its other events, too: fab rescore:second" in capsys.readouterr().out
