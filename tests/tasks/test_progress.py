"""What a person sees while a queue empties: a line for each submission that ended, in a terminal a bar below."""

import io

import pytest

from databoard.services.queue.jobs import Claim
from databoard.states import SubmissionState
from databoard.tasks.progress import Progress
from tests.support.terminals import Terminal, kept


@pytest.fixture
def show(sessions, session, add_ended, owls, hand_in, monkeypatch):
    """Return a function: stream -> what it shows when one submission waits and one has failed."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")

    def show(stream):
        hand_in(owls, "waits")
        failed = add_ended("fails", SubmissionState.training_error)
        session.commit()
        progress = Progress(sessions, stream)
        progress.show(Claim(job_id=0, submission_id=failed.id, lease="lease", attempt=1))
        progress.show(Claim(job_id=0, submission_id=0, lease="lease", attempt=1))  # it was deleted
        progress.close()
        return stream.getvalue()

    return show


def test_each_ended_submission_is_one_plain_line(show):
    first, second = show(io.StringIO()).splitlines()
    assert first == "Training 1 submission."
    assert second.startswith("[....................] 0/1 ")
    assert second.endswith(" s  iris_test/owls/fails: training_error  ")


def test_a_terminal_keeps_the_lines_and_removes_the_bar(show):
    stream = Terminal()
    first, second = kept(show(stream))
    assert first == "Training 1 submission."
    assert second.startswith("0/1 ") and second.endswith("iris_test/owls/fails: training_error")
    assert "0/1 trained" in stream.getvalue()
