"""An event of combined predictions and what `fab rescore` makes of it; scores by hand.

On each of four rows the team owls is right about the class and off by 60 % in the value; charlie is right about every
second class and exact in the value. So their errors are 0 and 1/2, their mean absolute relative errors 0.6 and 0.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from databoard import kits
from databoard.models import EventTeam, Submission, SubmissionFold, SubmissionScore, SupersededScore
from databoard.runner import save_predictions
from databoard.scoring.folds import FoldPredictions
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events, provisioning
from databoard.services.teams import sign_ups, teams
from databoard.states import SubmissionState
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

OWLS = np.array([[1, 0, 16], [0, 1, 16], [1, 0, 32], [0, 1, 32]], dtype=float)

CHARLIE = np.array([[1, 0, 10], [1, 0, 10], [1, 0, 20], [1, 0, 20]], dtype=float)


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
        home=home,
        problems=kit.parent,
        db_url=url,
        is_db_perf=False,
        jail="none",
        lease_s=60,
        is_production=False,
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
