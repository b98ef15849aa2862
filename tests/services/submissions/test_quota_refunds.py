"""The ledger: what comes back, and when it does not."""

from datetime import timedelta

from databoard.errors import SubmissionError
from databoard.models import QuotaEntry, Submission
from databoard.services.queue import jobs
from databoard.services.results import recording
from databoard.services.submissions import quota, submit
from databoard.states import QuotaCause, SubmissionState

BOTH, ATTEMPT_ONLY, NOTHING = (0, 0), (1, 0), (1, 1)  # attempts and scored that stay used


def test_a_scored_submission_gives_nothing_back(session, running, limited, runs, scores, now, used):
    recording.record_scores(session, running, runs=runs(), scores=scores(), now=now)
    assert used() == NOTHING


def test_an_error_of_its_own_gives_the_score_back(session, running, limited, runs, now, used):
    recording.record_error(
        session, running, runs=runs("training_error", error_code="training_error"), now=now
    )
    assert used() == ATTEMPT_ONLY


def test_predictions_that_cannot_be_scored_give_the_score_back(session, running, limited, runs, now, used):
    recording.record_refused(
        session, running, runs=runs(), error=SubmissionError("no", code="bad_output"), now=now
    )
    assert used() == ATTEMPT_ONLY


def test_cancelled_while_it_trains_gives_the_score_back(session, running, limited, now, used):
    recording.record_cancelled(session, running, now=now)
    assert used() == ATTEMPT_ONLY


def test_cancelled_before_it_trains_gives_all_back(session, owls, alice, limited, hand_in, claim, now, used):
    hand_in(owls, user=alice)
    recording.record_cancelled(session, claim(), now=now)
    assert used() == BOTH


def test_ended_by_hand_while_it_waits_gives_all_back(session, owls, alice, limited, hand_in, now, used):
    submit.end_by_hand(session, hand_in(owls, user=alice), state=SubmissionState.training_error, now=now)
    assert used() == BOTH


def test_three_faults_of_ours_give_all_back_and_two_nothing(
    session, owls, alice, limited, hand_in, claim, now, used
):
    hand_in(owls, user=alice)
    seen = []
    for _ in range(jobs.MAX_ATTEMPTS):
        recording.record_fault(session, claim(), message="disk", now=now)
        seen.append(used())
    assert seen == [NOTHING, NOTHING, BOTH]


def test_a_job_lost_three_times_gives_all_back(session, owls, alice, limited, hand_in, claim, now, used):
    hand_in(owls, user=alice)
    for minutes in range(jobs.MAX_ATTEMPTS):
        claim(at=now + timedelta(minutes=minutes))
        recording.reap(session, now=now + timedelta(minutes=minutes + 1), lease_s=30)
        session.flush()
    assert used() == BOTH


def test_refused_by_the_check_gives_all_back_once(session, owls, alice, limited, hand_in, now, used):
    submission = hand_in(owls, user=alice)
    for _ in range(3):
        quota.refund(session, submission, cause=QuotaCause.refused_by_check, now=now)
    assert used() == BOTH and session.query(QuotaEntry).count() == 4


def test_a_refund_never_reaches_an_earlier_try_of_the_same_name(
    session, owls, alice, limited, now, runs, running, used, hand_in
):
    recording.record_error(
        session, running, runs=runs("training_error", error_code="training_error"), now=now
    )
    again = hand_in(owls, user=alice)
    for _ in range(2):
        quota.refund(session, again, cause=QuotaCause.platform_fault, now=now)
    assert used() == ATTEMPT_ONLY


def test_a_credit_is_for_the_day_of_its_debit(session, running, limited, now, used):
    tomorrow = now + timedelta(days=1)
    recording.record_cancelled(session, running, now=tomorrow)
    assert (used(), used(at=tomorrow)) == (ATTEMPT_ONLY, (0, 0))


def test_deleting_what_waits_gives_all_back(session, owls, alice, limited, hand_in, store, now, used):
    submit.delete_submission(session, hand_in(owls, user=alice), now=now)
    session.expire_all()
    assert used() == BOTH and {row.submission_id for row in session.query(QuotaEntry)} == {None}


def test_deleting_what_is_scored_gives_nothing_back(
    session, running, limited, runs, scores, store, now, used
):
    recording.record_scores(session, running, runs=runs(), scores=scores(), now=now)
    submission = session.get(Submission, running.submission_id)
    submit.delete_submission(session, submission, now=now)
    assert used() == NOTHING


def test_a_deposit_over_what_waits_gives_all_back(session, owls, alice, limited, hand_in, store, now, used):
    hand_in(owls, user=alice)
    files = {"classifier.py": b"x = 1"}
    submit.deposit(session, event_team=owls, name="first", files=files, store=store, now=now, is_forced=True)
    assert used() == BOTH


def test_a_rerun_takes_nothing(session, running, limited, runs, scores, now, used):
    recording.record_scores(session, running, runs=runs(), scores=scores(), now=now)
    submit.rerun(session, session.get(Submission, running.submission_id), now=now)
    assert used() == NOTHING
