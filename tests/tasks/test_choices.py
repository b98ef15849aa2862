"""Words of the command line that must be members of an enumeration."""

import pytest

from databoard.errors import RuleError
from databoard.states import JobStep, SubmissionState
from databoard.tasks.choices import one_of


def test_a_member_is_returned():
    assert one_of(JobStep, "check", "a step") is JobStep.check


def test_another_word_is_refused_with_all_members():
    with pytest.raises(RuleError, match=r"Expected a state of new, sent_to_training, .* got 'done'"):
        one_of(SubmissionState, "done", "a state")
