"""Submissions by command line."""

import pytest

from databoard.errors import Conflict, NotFound, RuleError
from databoard.models import AuditEntry, Job
from databoard.ops import submitting
from databoard.services.submissions import submit, training_tasks
from databoard.services.submissions.rows import find
from databoard.states import JobState, SubmissionState

S = SubmissionState


@pytest.fixture
def add(session, owls, store, now):
    def add(name="starting_kit", *, path="", is_forced=False):
        return submitting.add_submission(
            session,
            event_name="iris_test",
            team_name="owls",
            name=name,
            path=path,
            store=store,
            now=now,
            is_forced=is_forced,
        )

    return add


@pytest.fixture
def folder(tmp_path):
    """A folder with a submission for iris, and what does not belong to it."""
    (tmp_path / "mine" / "__pycache__").mkdir(parents=True)
    (tmp_path / "mine" / "classifier.py").write_text("x = 1\n")
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    return str(tmp_path / "mine")


@pytest.fixture
def state(session, now):
    return lambda name, state: submitting.set_state(
        session, event_name="iris_test", team_name="owls", name=name, state=state, now=now
    )


@pytest.fixture
def again(session, now):
    def again(**options):
        words = {"event_name": "iris_test", "team_name": None, "name": None, "state": None, **options}
        return submitting.queue_again(session, now=now, **words)

    return again


@pytest.fixture
def add_row(session, owls, store, now):
    """A submission in a final state, as if it had been trained."""

    def add_row(name, state):
        row = submit.submit(session, event_team=owls, user=None, name=name, store=store, now=now)
        row.jobs[0].state = JobState.started
        row.jobs[0].state = JobState.success
        for step in (S.sent_to_training, S.training, S.tested, S.scored) if state is S.scored else (state,):
            row.state = step
        session.flush()
        return row

    return add_row


def test_a_folder_is_queued_with_the_files_of_the_workflow(session, owls, iris_event, store, folder, add):
    assert add("mine", path=folder) == "Queued mine of owls in iris_test."
    found = find(session, event=iris_event, team_name="owls", name="mine")
    assert training_tasks.files_by_name(found, store) == {"classifier.py": b"x = 1\n"}


def test_the_starting_kit_is_queued_by_its_name(session, owls, iris_event, store, add):
    assert add("starting_kit") == "Queued starting_kit of owls in iris_test."
    found = find(session, event=iris_event, team_name="owls", name="starting_kit")
    assert b"max_leaf_nodes=2" in training_tasks.files_by_name(found, store)["classifier.py"]


def test_a_submission_that_is_not_there_is_refused(add, owls):
    with pytest.raises(NotFound, match="it is not there"):
        add("nowhere")


def test_listing_shows_state_error_and_official_score(session, owls, add_row):
    add_row("good", S.scored), add_row("fail", S.training_error)
    rows = submitting.listed(session, event_name=None, team_name="owls", name=None)
    assert [(row["submission"], row["state"], row["score"]) for row in rows] == [
        ("good", "scored", "acc"),
        ("fail", "training_error", "acc"),
    ]
    assert submitting.listed(session, event_name="iris_test", team_name=None, name="none") == []


def test_only_what_is_not_scored_is_queued_again(session, add_row, again):
    add_row("good", S.scored), add_row("fail", S.training_error)
    assert again() == "2 submissions chosen, 1 queued again, 1 wait or run."
    assert again() == "2 submissions chosen, 0 queued again, 1 wait or run."
    assert session.query(Job).filter_by(state=JobState.waiting).count() == 1


def test_a_state_or_force_chooses_scored_ones(add_row, again):
    add_row("good", S.scored), add_row("fail", S.training_error)
    assert again(state="scored") == "1 submission chosen, 1 queued again, 1 wait or run."
    assert again(is_forced=True) == "2 submissions chosen, 1 queued again, 2 wait or run."


@pytest.mark.parametrize("words", [{"event_name": "x"}, {"team_name": "x"}])
def test_choosing_by_a_name_nobody_has_is_refused(owls, again, words):
    with pytest.raises(NotFound):
        again(**words)


def test_setting_new_queues_again_and_is_in_the_audit(session, add_row, state):
    add_row("good", S.scored)
    assert state("good", "new") == "good of owls in iris_test: scored -> new."
    assert session.query(AuditEntry).filter_by(action="set_state").one().detail == {
        "old": "scored",
        "new": "new",
    }


def test_a_waiting_submission_may_be_ended(session, owls, store, now, state):
    row = submit.submit(session, event_team=owls, user=None, name="wait", store=store, now=now)
    assert state("wait", "cancelled") == "wait of owls in iris_test: new -> cancelled."
    session.flush()
    assert row.jobs[0].state is JobState.cancelled


@pytest.mark.parametrize(
    ("name", "new"),
    [("good", "training"), ("good", "tested"), ("good", "training_error"), ("fail", "scored")],
)
def test_a_state_that_cannot_be_set_is_refused_with_what_can(add_row, state, name, new):
    add_row("good", S.scored), add_row("fail", S.training_error)
    with pytest.raises(Conflict, match=f"expected one of new, got '{new}'"):
        state(name, new)


def test_a_word_that_is_no_state_is_refused_with_all_states(add_row, state):
    add_row("good", S.scored)
    with pytest.raises(RuleError, match=r"Expected a state of new, sent_to_training, .* got 'done'"):
        state("good", "done")
