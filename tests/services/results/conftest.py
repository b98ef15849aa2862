"""Fixtures of the tests of results: a submission that trains, saved and read again."""

import pytest

from databoard.models import Submission


@pytest.fixture
def submission(session, started):
    return session.get(Submission, started.submission_id)


@pytest.fixture
def saved(session, submission):
    """Write everything and read it again from the database."""

    def saved():
        session.flush()
        session.expire_all()
        return submission

    return saved


def states(submission):
    """Return the state of a submission, and state and error of its latest job."""
    job = submission.jobs[-1]
    return submission.state, job.state, job.error_code
