"""What blending keeps on disk: equal results with and without, and nothing that can mislead."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from databoard.runner import save_predictions
from databoard.runner.scorer.ensemble_cache import (
    StoredLibrary,
    blend_stored,
    fingerprint,
    fold_facts,
    load_memory,
)
from databoard.scoring.folds import FoldPredictions
from databoard.scoring.prediction_types import make_multiclass
from databoard.scoring.score_types import Accuracy, NegativeLogLikelihood

LABELS = list("abc")
RNG = np.random.default_rng(5)
Y_TRAIN, Y_TEST = RNG.choice(LABELS, 30), RNG.choice(LABELS, 12)
FOLDS = [SimpleNamespace(number=k, test_is=RNG.permutation(30)[:12]) for k in range(3)]


@pytest.fixture
def folders(tmp_path):
    """Six runs on disk, better and worse."""
    found = {}
    for place in range(6):
        rng = np.random.default_rng(place)
        sides = [
            np.array([rng.dirichlet(np.where(np.array(LABELS) == one, 2.0, 1.0)) for one in y])
            for y in (Y_TRAIN, Y_TEST)
        ]
        found[f"{place}/lease"] = tmp_path / str(place)
        save_predictions(found[f"{place}/lease"], [FoldPredictions(fold.number, *sides) for fold in FOLDS])
    return found


@pytest.fixture
def blend(tmp_path):
    """Blend some runs; with a memory unless told otherwise."""

    def blend(runs, mark="mark", is_kept=True):
        return blend_stored(
            runs,
            memory_path=tmp_path / "cache" / "1.json" if is_kept else None,
            mark=mark,
            predictions_class=make_multiclass(LABELS),
            score_types={"nll": NegativeLogLikelihood(), "acc": Accuracy()},
            official="nll",
            y_train=Y_TRAIN,
            y_test=Y_TEST,
            folds=FOLDS,
        )

    return blend


def part(folders, *places):
    return {run: folder for run, folder in folders.items() if int(run[0]) in places}


COMINGS_AND_GOINGS = [
    (0,),
    (0, 1, 2),
    (0, 1, 2, 5),
    (1, 2, 3, 5),
    (1, 2, 3, 5),
    (2, 3, 4),
    (0, 1, 2, 3, 4, 5),
]


def test_whatever_comes_and_goes_the_result_is_that_of_blending_anew(folders, blend):
    for places in COMINGS_AND_GOINGS:
        runs = part(folders, *places)
        assert blend(runs) == blend(runs, is_kept=False)


def test_a_result_that_is_known_is_told_without_reading_any_predictions(folders, blend, monkeypatch):
    first = blend(folders)
    monkeypatch.setattr(StoredLibrary, "_read", None)
    assert blend(folders) == first


def test_a_newcomer_costs_the_predictions_on_the_path_and_its_own(folders, blend, monkeypatch):
    first = blend(part(folders, 0, 1, 2, 3, 4))
    read, original = set(), StoredLibrary._read
    monkeypatch.setattr(
        StoredLibrary, "_read", lambda self, run, name: read.add(run) or original(self, run, name)
    )
    save_predictions(
        folders["5/lease"], [FoldPredictions(k, wrong(Y_TRAIN), wrong(Y_TEST)) for k in range(3)]
    )
    assert blend(folders).contributivity["5/lease"] == 0
    assert read == {run for run, share in first.contributivity.items() if share > 0} | {"5/lease"}


def wrong(y):
    return np.array([np.array(LABELS) != one for one in y]) / 2


def test_another_order_of_the_same_runs_is_blended_anew(folders, blend):
    blend(folders)
    backwards = dict(reversed(folders.items()))
    assert blend(backwards) == blend(backwards, is_kept=False)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"fingerprint": "mark", "order": 1}', "{"])
def test_a_broken_memory_is_no_memory(folders, blend, tmp_path, text):
    first = blend(folders)
    (tmp_path / "cache" / "1.json").write_text(text)
    assert load_memory(tmp_path / "cache" / "1.json", "mark") is None
    assert blend(folders) == first


def test_a_memory_of_another_mark_is_not_used(folders, blend, tmp_path):
    path = tmp_path / "cache" / "1.json"
    first = blend(folders)
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({**facts, "scores": {name: {} for name in facts["scores"]}}))
    assert blend(folders, mark="other") == first


def test_every_fact_and_every_row_of_a_fold_changes_the_mark():
    other = [SimpleNamespace(number=0, test_is=FOLDS[0].test_is[::-1]), *FOLDS[1:]]
    marks = [fingerprint(kit=kit, folds=fold_facts(folds)) for kit in "ab" for folds in (FOLDS, other)]
    assert fingerprint(kit="a", folds=fold_facts(FOLDS)) == marks[0]
    assert len(set(marks)) == 4


@pytest.mark.parametrize("damage", ["lost", "cut", "empty", "of another shape"])
def test_predictions_that_cannot_be_used_are_left_out_and_named(folders, blend, damage):
    file = folders["2/lease"] / "predictions.npz"
    if damage == "lost":
        file.unlink()
    elif damage in ("cut", "empty"):
        file.write_bytes(file.read_bytes()[: 99 if damage == "cut" else 0])
    else:
        save_predictions(
            file.parent, [FoldPredictions(k, np.ones((4, 3)), np.ones((4, 3))) for k in range(3)]
        )
    result = blend(folders)
    assert list(result.left_out) == ["2/lease"]
    assert replace(result, left_out={}) == blend(part(folders, 0, 1, 3, 4, 5), is_kept=False)
