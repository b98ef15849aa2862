"""Which submissions are blended, and where the result goes."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from databoard.models import EnsembleScore, Submission, SubmissionSimilarity
from databoard.scoring.blending import EnsembleResult
from databoard.services.events import ensemble_results, ensembles
from databoard.services.results import recording
from databoard.services.submissions import submit
from databoard.states import EnsembleKind, SimilarityType, SubmissionState


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
        ensemble_results.record(session, event=iris_event, submissions=rows, result=result, now=now)
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
        for row in session.query(EnsembleScore)
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
    assert session.query(EnsembleScore).count() == 0


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


def test_recording_takes_as_many_queries_for_many_submissions_as_for_few(session, owls, record, add_scored):
    counts = []
    for n in (2, 9):
        for i in range(n):
            add_scored(owls, f"row{n}{i}", minutes=i)
        rows = ensembles.candidates(session, owls.event)
        counts.append(0)
        with counting(session, counts):
            record(rows, {row.id: 1 / len(rows) for row in rows})
    assert counts[0] == counts[1] <= 28  # 13 of them write the rows of the boards


@contextmanager
def counting(session, counts):
    """Count the statements of a block into the last place of a list."""

    def count(*_):
        counts[-1] += 1

    session.connection()  # the transaction begins, which may be a statement too
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", count)
    yield
    event.remove(engine, "before_cursor_execute", count)


def test_another_event_is_left_alone(session, three, record, store, now):
    from databoard.services.events import events, provisioning

    provisioning.add_event(session, name="iris", store=store, now=now)
    other = events.event_by_name(session, "iris")
    record(three[:1], {three[0].id: 1.0})
    ensemble_results.record(session, event=other, submissions=[], result=None, now=now)
    session.expire_all()
    assert (three[0].contributivity, session.query(EnsembleScore).count()) == (1.0, 8)


# What makes an event due


@pytest.fixture
def n_changes(session, iris_event):
    """How many changes of the set were counted so far."""

    def n_changes():
        session.flush()
        session.refresh(iris_event)
        return iris_event.n_ensemble_changes

    return n_changes


def test_a_scored_submission_makes_its_event_due(session, iris_event, started, runs, scores, now, n_changes):
    recording.record_scores(session, started, runs=runs(), scores=scores(), now=now)
    assert n_changes() == 1
    assert ensembles.due(session) == {iris_event.id: 1}


def test_an_error_does_not(session, started, runs, now, n_changes):
    failed = runs("training_error", error_code="training_error", message="no", trace="")
    recording.record_error(session, started, runs=failed, now=now)
    assert (n_changes(), ensembles.due(session)) == (0, {})


def test_a_submission_that_is_run_again_leaves_and_has_no_share(session, three, record, now, n_changes):
    record(three, {row.id: 1 / 3 for row in three})
    submit.rerun(session, three[0], now=now)
    assert n_changes() == 1
    assert (three[0].contributivity, three[0].historical_contributivity) == (0.0, 0.0)
    assert {fold.contributivity for fold in three[0].folds} == {0.0}


def test_one_that_was_not_scored_changes_nothing_when_it_is_run_again(
    session, owls, add_scored, now, n_changes
):
    failed = add_scored(owls, "failed", state=SubmissionState.training_error)
    failed.scores.clear()
    submit.rerun(session, failed, now=now)
    assert n_changes() == 0


def test_a_deposit_over_one_that_is_scored_meanwhile_makes_its_event_due(
    session, owls, add_scored, store, now, n_changes, monkeypatch
):
    row = add_scored(owls, "deposited", state=SubmissionState.training)

    def wait_for_its_worker(*_, **__):
        became = update(Submission).where(Submission.id == row.id).values(state=SubmissionState.scored)
        session.execute(became.execution_options(synchronize_session=False))

    monkeypatch.setattr(submit.jobs, "withdraw", wait_for_its_worker)
    files = {"classifier.py": b"from sklearn.dummy import DummyClassifier as Classifier\n"}
    submit.deposit(
        session, event_team=owls, name="deposited", files=files, store=store, now=now, is_forced=True
    )
    assert n_changes() == 1


def test_a_deleted_submission_makes_its_event_due(session, three, store, now, n_changes):
    submit.delete_submission(session, three[1], now=now)
    assert n_changes() == 1


@pytest.mark.parametrize("column", ["is_valid", "is_to_ensemble"])
def test_a_submission_that_is_taken_out_has_no_share_at_once(session, three, record, n_changes, column):
    record(three, {row.id: 1 / 3 for row in three})
    ensembles.set_part(session, three[0], **{column: False})
    session.expire_all()
    assert (three[0].contributivity, three[0].historical_contributivity) == (0.0, 0.0)
    assert {(fold.contributivity, fold.is_best) for fold in three[0].folds} == {(0.0, False)}
    assert [row.contributivity for row in three[1:]] == [1 / 3, 1 / 3]
    ensembles.set_part(session, three[0], **{column: True})
    assert n_changes() == 2


# Who blends


def test_an_event_is_claimed_once_until_the_claim_expires_or_is_released(session, iris_event, now):
    ensembles.request_blending(session, iris_event.id)
    claim = lambda owner, s: ensembles.claim_due(  # noqa: E731
        session, owner=owner, now=now + timedelta(seconds=s), lease_s=60
    )
    first = claim("one", 0)
    assert (first.event_name, first.n_changes, claim("two", 59)) == ("iris_test", 1, None)
    ensembles.renew(session, first, now=now + timedelta(seconds=59))
    assert claim("two", 61) is None
    second = claim("two", 120)
    ensembles.release(session, first)  # it is not the first's any more
    assert claim("three", 121) is None
    ensembles.release(session, second)
    assert claim("three", 122).owner == "three"


def test_of_several_that_claim_at_once_one_gets_the_event(sessions, iris_event, session, now, at_once):
    ensembles.request_blending(session, iris_event.id)
    session.commit()
    claims = at_once(lambda s, n: ensembles.claim_due(s, owner=f"worker {n}", now=now, lease_s=60), 4)
    assert sum(isinstance(claim, ensembles.BlendClaim) for claim in claims) == 1
    assert claims.count(None) == 3


def test_changes_that_are_counted_at_once_are_all_counted(session, iris_event, at_once, n_changes):
    at_once(lambda s, n: ensembles.request_blending(s, iris_event.id), 6)
    assert n_changes() == 6


def test_a_result_is_recorded_once_and_only_if_none_is_newer(session, iris_event, three, now):
    older = ensembles.claim_now(session, iris_event, owner="one", now=now)
    newer = ensembles.claim_now(session, iris_event, owner="two", now=now)
    record = lambda claim: ensemble_results.record_claimed(  # noqa: E731
        session, claim, submission_ids=(), result=None, now=now
    )
    assert [record(newer), record(older), record(newer)] == [True, False, False]
    session.refresh(iris_event)
    assert (iris_event.n_ensemble_recorded, iris_event.ensemble_claimed_at) == (2, None)
