"""Which submissions are blended, and where the result goes."""

import pytest

from databoard.models import EventScore, SubmissionSimilarity
from databoard.models.states import EnsembleKind, SimilarityType, SubmissionState
from databoard.scoring.blending import EnsembleResult
from databoard.services import ensembles


@pytest.fixture
def three(owls, add_scored):
    return [add_scored(owls, name, minutes=place) for place, name in enumerate("cba")]


@pytest.fixture
def record(session, iris_event, now):
    def record(rows, shares):
        result = shares and EnsembleResult(
            contributivity=shares,
            fold_contributivity={0: shares, 1: dict.fromkeys(shares, 0.5)},
            best={0: rows[0].id, 1: rows[-1].id},
            combined_valid={"acc": 0.9, "nll": 0.1},
            combined_test={"acc": 0.8},
            foldwise_valid={"acc": 0.7},
            foldwise_test={"acc": 0.6},
        )
        ensembles.record(session, event=iris_event, submissions=rows, result=result, now=now)
        session.flush()
        session.expire_all()

    return record


def test_scored_valid_submissions_take_part_the_oldest_first(session, iris_event, owls, charlies, add_scored):
    add_scored(charlies, "later", minutes=2)
    add_scored(owls, "first", minutes=1)
    add_scored(owls, "invalid", is_valid=False)
    add_scored(owls, "excluded", is_to_ensemble=False)
    add_scored(owls, "failed", state=SubmissionState.training_error)
    assert [row.name for row in ensembles.candidates(session, iris_event)] == ["first", "later"]


def test_shares_land_on_submissions_and_folds(three, record):
    record(three, {row.id: share for row, share in zip(three, (0.5, 0.3, 0.2), strict=True)})
    assert [row.contributivity for row in three] == [0.5, 0.3, 0.2]
    assert [[fold.contributivity for fold in row.folds] for row in three] == [
        [0.5, 0.5],
        [0.3, 0.5],
        [0.2, 0.5],
    ]
    assert [[fold.is_best for fold in row.folds] for row in three] == [
        [True, False],
        [False, False],
        [False, True],
    ]


def test_combined_and_foldwise_scores_replace_the_old_ones(session, three, record):
    for _ in range(2):
        record(three[:1], {three[0].id: 1.0})
    scores = {
        (row.kind, row.event_score_type.name): (row.valid_score, row.test_score)
        for row in session.query(EventScore)
    }
    assert len(scores) == 8
    assert scores[EnsembleKind.combined, "acc"] == (0.9, 0.8)
    assert scores[EnsembleKind.combined, "nll"] == (0.1, None)
    assert scores[EnsembleKind.foldwise, "acc"] == (0.7, 0.6)


def test_what_left_the_ensemble_goes_to_zero(session, three, record):
    record(three, {row.id: 0.5 for row in three})
    record(three[:1], {three[0].id: 1.0})
    assert [row.contributivity for row in three] == [1.0, 0.0, 0.0]
    assert [fold.contributivity for fold in three[2].folds] == [0.0, 0.0]
    assert not any(fold.is_best for fold in three[1].folds)


def test_without_anything_to_blend_all_is_zero(session, three, record):
    record(three, {row.id: 0.5 for row in three})
    record([], None)
    assert [row.contributivity for row in three] == [0.0, 0.0, 0.0]
    assert session.query(EventScore).count() == 0


def test_credit_flows_back_by_the_latest_word(session, three, record, alice, now):
    a, b, c = reversed(
        three
    )  # a is the newest: the vector of the specification has c the newest, so it is c here
    for source, target, share in ((b, a, 0.9), (b, a, 0.5), (c, a, 0.2), (c, b, 0.4)):
        session.add(
            SubmissionSimilarity(
                type=SimilarityType.target_credit,
                source=source,
                target=target,
                user=alice,
                similarity=share,
                created_at=now,
            )
        )
        session.flush()
    record(three, {a.id: 0.2, b.id: 0.3, c.id: 0.5})
    assert [row.historical_contributivity for row in (c, b, a)] == pytest.approx([0.70, 0.24, 0.06])
    assert sum(row.historical_contributivity for row in three) == pytest.approx(1.0)


def test_another_event_is_left_alone(session, three, record, store, now):
    from databoard.services import events, provisioning

    provisioning.add_event(session, name="iris", store=store, now=now)
    other = events.event_by_name(session, "iris")
    record(three[:1], {three[0].id: 1.0})
    ensembles.record(session, event=other, submissions=[], result=None, now=now)
    session.expire_all()
    assert (three[0].contributivity, session.query(EventScore).count()) == (1.0, 8)
