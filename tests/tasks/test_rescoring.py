"""`fab rescore`: an event of combined predictions, its weights turned round."""

import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from databoard.errors import KitError, RuleError
from databoard.models import AuditEntry, Submission, SubmissionFold, SubmissionScore, SupersededScore
from databoard.runner import save_predictions
from databoard.scoring.folds import FoldPredictions
from databoard.services.base.database import transaction
from databoard.services.events import events, provisioning
from databoard.tasks import rescoring_report
from tests.tasks.rescored_event import NEW, OLD, OWLS, board, edit, rescore, superseded, turn_round

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


def test_a_changed_kit_names_the_other_events_to_rescore(lone, capsys, now):
    shutil.copy(lone.kit / "events" / "pair.toml", lone.kit / "events" / "second.toml")
    with transaction(lone.sessions) as session:
        provisioning.add_event(session, name="second", store=lone.store, now=now)
    turn_round(lone)
    rescore(lone)
    assert "Rescore its other events, too: fab rescore:second" in capsys.readouterr().out
