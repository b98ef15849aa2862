"""Fixtures of the tests of quotas: an event with limits, what a team has used, a submission that trains."""

import pytest

from databoard.runner import FoldRun
from databoard.services.queue import jobs
from databoard.services.results import checks, recording
from databoard.services.submissions import quota, submit
from databoard.states import JobStep


@pytest.fixture
def limited(iris_event):
    iris_event.max_attempts_per_day, iris_event.max_scored_per_day = 3, 2
    iris_event.min_duration_between_submissions_s = 0
    return iris_event


@pytest.fixture
def used(session, owls, now):
    """How many attempts and scores of today the owls have used."""

    def used(at=now):
        found = quota.left(session, owls, now=at)
        return found.attempts.used, found.scored.used

    return used


@pytest.fixture
def running(session, store, now, owls, alice, hand_in, claim):
    """A submission of alice that trains: the claim."""
    hand_in(owls, user=alice)
    held = claim()
    recording.start(session, held, store=store, now=now)
    session.flush()
    return held


def refuse(session, store, owls, alice, name, now):
    """Let a submission of alice be refused by its check."""
    submit.submit(session, event_team=owls, user=alice, name=name, store=store, now=now)
    claim = jobs.claim_next(session, worker="w1", now=now, steps=[JobStep.check])
    run = FoldRun(-1, "training_error", "import_error", "Importing classifier.py failed")
    checks.record_refused(session, claim, run=run, now=now)
    session.flush()
