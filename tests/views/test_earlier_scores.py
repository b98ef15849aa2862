"""What a rescoring replaced stands on the submission's page."""

import pytest

from databoard.models import SupersededScore


@pytest.fixture
def rescored(session, scored, now):
    """A scored submission with a score that was replaced."""
    session.add(
        SupersededScore(
            submission_id=scored.id,
            name="weighted",
            version="0123456789abcdef",
            valid_bag=0.12345,
            test_bag=0.54321,
            details={"precision": 4},
            replaced_at=now,
        )
    )
    session.commit()
    return scored


def test_a_submission_that_was_never_rescored_shows_no_earlier_scores(visit, scored):
    assert "Earlier scores" not in visit("alice").get(f"/submissions/{scored.slug}").text


def test_earlier_scores_stand_with_their_digits_the_start_of_their_version_and_the_date(visit, rescored):
    page = visit("alice").get(f"/submissions/{rescored.slug}").text
    assert "Earlier scores" in page and "weighted" in page and "0.1235" in page
    assert ">01234567<" in page and "2026-11-24 12:00" in page


def test_earlier_test_scores_are_hidden_like_the_present_ones(visit, rescored):
    assert "0.5432" not in visit("alice").get(f"/submissions/{rescored.slug}").text
    assert "0.5432" in visit("olga").get(f"/submissions/{rescored.slug}").text
