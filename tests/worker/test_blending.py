"""Blending from stored predictions: what is due is done once, a killed blender strands nothing, a bad event rests."""

import threading
from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace

import pytest

from databoard.errors import KitError
from databoard.models import Event, EventTeam, Submission, Team
from databoard.ops.blending import due_note
from databoard.runner import ScorerError
from databoard.scoring.blending import EnsembleResult
from databoard.services.base.database import transaction
from databoard.services.events import ensembles
from databoard.services.events.ensembles import BlendClaim
from databoard.services.queue import workers
from databoard.states import SubmissionState
from databoard.worker import blending
from databoard.worker.blender import Blender, _Inputs, _summary
from databoard.worker.lane import Pace

LEASE_S = 60.0


class HandMadeRunner:
    """Shares that are equal; notes what it was asked, and does what it is told before it answers."""

    def __init__(self):
        self.asked, self.first = [], lambda: None

    def blend(self, task, folders, *, official, max_n_ensemble, memory):
        self.asked.append(list(folders))
        self.first()
        shares = {submission_id: 1 / len(folders) for submission_id in folders}
        none = dict.fromkeys(name for name, _ in task.scores)
        by_fold = {fold.number: shares for fold in task.folds}
        best = dict.fromkeys(by_fold, next(iter(folders)))
        return EnsembleResult(shares, by_fold, best, none, none, none, none)


@pytest.fixture
def runner():
    return HandMadeRunner()


@pytest.fixture
def new_blender(sessions, store, runner, now):
    def new_blender(minutes=0):
        clock = lambda: now + timedelta(minutes=minutes)  # noqa: E731
        return Blender(sessions=sessions, store=store, runner=runner, lease_s=LEASE_S, clock=clock)

    return new_blender


@pytest.fixture
def add(sessions, now):
    """Write a scored submission of the owls and count it; return its id."""

    def add(name):
        with transaction(sessions) as session:
            owls = session.query(EventTeam).join(Team).filter(Team.name == "owls").one()
            ensembles.request_blending(session, owls.event_id)
            row = Submission(
                event_team=owls, name=name, slug=name, state=SubmissionState.scored, submitted_at=now
            )
            session.add(row)
            session.flush()
            return row.id

    return add


@pytest.fixture
def shares(sessions):
    def shares():
        with transaction(sessions) as session:
            return {row.name: row.contributivity for row in session.query(Submission)}

    return shares


def test_what_is_due_is_blended_once(new_blender, runner, add, shares):
    ids = [add("first"), add("second")]
    blender = new_blender()
    assert not blender.is_idle()
    assert [blender.blend_next() for _ in range(3)] == ["iris_test", None, None]
    assert runner.asked == [ids]
    assert shares() == {"first": 0.5, "second": 0.5}
    assert blender.is_idle()


def test_a_submission_scored_while_its_event_is_blended_makes_it_due_again(new_blender, runner, add, shares):
    add("first")
    runner.first = lambda: runner.asked[1:] or add("meanwhile")
    blender = new_blender()
    assert [blender.blend_next() for _ in range(3)] == ["iris_test", "iris_test", None]
    assert [len(folders) for folders in runner.asked] == [1, 2]
    assert shares() == {"first": 0.5, "meanwhile": 0.5}


def test_a_submission_that_leaves_while_its_event_is_blended_gets_no_share(
    new_blender, runner, add, shares, sessions
):
    ids = [add("stays"), add("leaves")]

    def leave():
        with transaction(sessions) as session:
            ensembles.set_part(session, session.get(Submission, ids[1]), is_valid=False)

    runner.first = leave
    new_blender().blend_next()
    assert shares() == {"stays": 0.5, "leaves": 0.0}
    runner.first = lambda: None
    new_blender().blend_next()
    assert shares() == {"stays": 1.0, "leaves": 0.0}


def test_an_older_result_never_replaces_a_newer_one(new_blender, runner, add, shares):
    add("first")

    def be_overtaken():
        runner.first = lambda: None
        add("second")
        new_blender(minutes=5).blend_next()

    runner.first = be_overtaken
    new_blender().blend_next()
    assert [len(folders) for folders in runner.asked] == [1, 2]
    assert shares() == {"first": 0.5, "second": 0.5}


class Killed(BaseException):
    """What kill -9 is to the code: it ends here, and nothing else runs."""


def test_the_claim_of_a_killed_blender_expires(new_blender, runner, add, shares):
    add("first")
    runner.first = lambda: (_ for _ in ()).throw(Killed)
    with pytest.raises(Killed):
        new_blender().blend_next()
    runner.first = lambda: None
    assert new_blender(minutes=0.9).blend_next() is None
    assert not new_blender().is_idle()
    assert new_blender(minutes=1.1).blend_next() == "iris_test"
    assert shares() == {"first": 1.0}


def test_an_event_that_cannot_be_blended_rests_until_its_submissions_change(new_blender, runner, add, caplog):
    add("first")

    def refuse():
        raise KitError("The kit changed on disk.")

    runner.first = refuse
    blender = new_blender()
    assert [blender.blend_next(), blender.blend_next()] == ["iris_test", None]
    assert "iris_test could not be blended: The kit changed on disk." in caplog.text
    assert blender.is_idle() and not new_blender().is_idle()
    runner.first = lambda: None
    add("second")
    assert blender.blend_next() == "iris_test"


def test_what_cannot_be_blended_is_tried_again_soon_and_then_more_and_more_rarely(
    new_blender, runner, add, monkeypatch
):
    add("first")

    def die():
        raise ScorerError("The scorer of iris died.")

    runner.first, blender, tried_at = die, new_blender(), []
    for second in range(0, 2000, 5):
        monkeypatch.setattr(
            "databoard.worker.blender.time", SimpleNamespace(monotonic=lambda at=second: float(at))
        )
        if blender.blend_next() is not None:
            tried_at.append(second)
    assert tried_at == [0, 10, 50, 210, 810, 1410]


def test_without_submissions_the_scorer_is_not_asked_and_all_is_zero(
    new_blender, runner, add, shares, sessions
):
    submission_id = add("first")
    new_blender().blend_next()
    with transaction(sessions) as session:
        ensembles.set_part(session, session.get(Submission, submission_id), is_to_ensemble=False)
    assert shares() == {"first": 0.0}
    assert new_blender().blend_next() == "iris_test"
    assert len(runner.asked) == 1 and new_blender().is_idle()


def test_by_command_an_event_is_blended_though_nothing_is_due_and_what_is_remembered_is_forgotten(
    new_blender, runner, add, store, sessions
):
    add("first")
    new_blender().blend_next()
    with transaction(sessions) as session:
        memory = store.home / "cache" / "ensembles" / f"{session.query(Event.id).scalar()}.json"
    memory.parent.mkdir(parents=True)
    memory.write_text("{}")
    assert "contributivity first 100 %" in new_blender().blend_now("iris_test")
    assert not memory.exists() and len(runner.asked) == 2
    assert new_blender().is_idle()


def test_what_is_due_is_told_with_what_it_needs(session, add, now):
    note = lambda: due_note(session, "iris_test", now=now, lease_s=LEASE_S)  # noqa: E731
    assert note() == ""
    add("first")
    assert "being computed" in note() and note().endswith("now: fab compute_contributivity:iris_test")
    facts = {"host": "host", "pid": 1, "engine": "local", "n_slots": 1, "jail_level": "A"}
    workers.register(session, name="w1", now=now, **facts)
    assert "being computed" in note() and note().endswith("A running worker computes them.")


@pytest.mark.parametrize(("score", "text"), [(0.987654, "0.9877"), (None, "–")])
def test_the_summary_tells_score_and_shares_also_when_no_row_was_covered(score, text):
    claim, task = BlendClaim(1, "iris", 1, "me"), SimpleNamespace(official="acc")
    inputs = _Inputs(claim, task, 80, {}, {1: "a", 2: "b", 3: "c"})
    result = EnsembleResult({1: 0.25, 2: 0.75}, {}, {}, {"acc": score}, {}, {}, {}, {3: "it is lost"})
    told = f"iris: combined acc {text}; contributivity b 75 %, a 25 %. Left out"
    assert _summary(inputs, result).startswith(told)
    assert _summary(inputs, result).endswith("fab set_state … new): c (it is lost).")


def test_the_summary_tells_why_there_is_nothing_to_blend():
    inputs = _Inputs(BlendClaim(1, "iris", 1, "me"), SimpleNamespace(official="acc"), 80, {}, {3: "c"})
    nothing = "iris: nothing can be blended; contributivities are zero."
    all_lost = EnsembleResult({}, {}, {}, {"acc": None}, {}, {}, {}, {3: "it is lost"})
    assert _summary(inputs, None) == nothing
    assert _summary(inputs, all_lost).startswith(f"{nothing} Left out")
    assert "c (it is lost)" in _summary(inputs, all_lost)


@pytest.fixture
def beside(store, sessions, runner, monkeypatch):
    """A thread that blends, with the hand-made runner, while a block runs."""
    runner.interrupt = lambda: None
    monkeypatch.setattr(blending, "Runner", lambda **_: nullcontext(runner))
    facts = {"jail": "none", "lease_s": LEASE_S, "min_free_bytes": 0}
    config = SimpleNamespace(home=store.home, problems=store.problems, **facts)
    return blending.blending(config, sessions)


def test_beside_the_training_an_event_is_blended_soon_after_it_is_due(beside, runner, add, shares):
    is_asked = threading.Event()
    runner.first = is_asked.set
    with beside as thread:
        add("first")
        thread.wake()
        assert is_asked.wait(20)
    assert shares() == {"first": 1.0}


def test_blending_that_is_told_to_end_stays_due_and_is_no_fault(beside, runner, add, new_blender, caplog):
    is_asked, is_interrupted = threading.Event(), threading.Event()

    def be_interrupted():
        is_asked.set()
        assert is_interrupted.wait(20)
        raise KitError("interrupted")

    runner.first, runner.interrupt = be_interrupted, is_interrupted.set
    add("first")
    with beside:
        assert is_asked.wait(20)
    assert "could not be blended" not in caplog.text
    runner.first = lambda: None
    assert new_blender().blend_next() == "iris_test"


def test_the_thread_waits_while_nothing_is_due(beside, monkeypatch):
    n_looks, is_done = [], threading.Event()
    monkeypatch.setattr(blending, "PACE", Pace(3600.0))
    monkeypatch.setattr(Blender, "blend_next", lambda self: n_looks.append(1) or is_done.set())
    with beside:
        assert is_done.wait(20)
        is_done.clear()
        assert not is_done.wait(0.3)
    assert len(n_looks) <= 2
