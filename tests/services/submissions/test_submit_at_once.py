"""Submit, deposit, rerun and end, fifty at once: one wins and nothing is half written."""

from datetime import timedelta

from databoard.errors import Conflict, RuleError, TooManyRequests
from databoard.models import Job, Submission, SubmissionFold
from databoard.services.queue import jobs
from databoard.services.submissions import submit
from databoard.states import JobState, SubmissionState

S = SubmissionState
CODE = b"from sklearn.dummy import DummyClassifier as Classifier\n"


def deposit(session, event_team, store, now, name="deposited", **options):
    files = {"classifier.py": CODE}
    return submit.deposit(
        session, event_team=event_team, name=name, files=files, store=store, now=now, **options
    )


def outcomes_of(results, kind):
    return [result for result in results if isinstance(result, kind)]


def test_fifty_submits_of_one_name_leave_one_submission_with_one_job(at_once, team_in, sessions, store, now):
    def work(session, number):
        return submit.submit(
            session, event_team=team_in(session, "owls"), user=None, name="same", store=store, now=now
        )

    results = at_once(work, 50)
    assert (len(outcomes_of(results, Submission)), len(outcomes_of(results, Conflict))) == (1, 49)
    with sessions() as session:
        assert session.query(Submission).count() == session.query(Job).count() == 1
        assert session.query(SubmissionFold).count() == 2


def test_of_fifty_submits_within_the_waiting_time_one_is_accepted(at_once, team_in, sessions, store, now):
    def work(session, number):
        event_team = team_in(session, "owls")
        user = event_team.team.members[number % 2].user
        return submit.submit(
            session, event_team=event_team, user=user, name=f"name{number}", store=store, now=now
        )

    results = at_once(work, 50)
    assert (len(outcomes_of(results, Submission)), len(outcomes_of(results, TooManyRequests))) == (1, 49)
    with sessions() as session:
        assert session.query(Submission).count() == 1


def test_of_many_submits_and_deposits_after_closing_none_is_accepted(at_once, team_in, sessions, store, now):
    closed = now + timedelta(days=7)

    def work(session, number):
        event_team = team_in(session, "owls")
        if number % 2:
            return deposit(session, event_team, store, closed, name=f"name{number}")
        return submit.submit(session, event_team=event_team, user=None, name="same", store=store, now=closed)

    assert len(outcomes_of(at_once(work, 20), RuleError)) == 20
    with sessions() as session:
        assert session.query(Submission).count() == session.query(Job).count() == 0


def test_many_reruns_at_once_queue_one_job(at_once, sessions, session, owls, add_scored, now):
    submission_id = add_scored(owls, "first").id
    session.commit()

    def work(session, number):
        return submit.rerun(session, session.get(Submission, submission_id), now=now)

    results = at_once(work, 8)
    assert (results.count(None), len(outcomes_of(results, Conflict))) == (1, 7)
    with sessions() as other:
        assert (other.query(Job).count(), other.query(SubmissionFold).count()) == (1, 2)


def test_ending_by_hand_and_claiming_at_once_never_end_a_running_job(
    at_once, sessions, session, owls, hand_in, now
):
    submission_id = hand_in(owls).id
    session.commit()

    def work(session, number):
        if number % 2:
            return jobs.claim_next(session, worker="w", now=now)
        return submit.end_by_hand(session, session.get(Submission, submission_id), state=S.cancelled, now=now)

    at_once(work, 8)
    with sessions() as other:
        found = other.get(Submission, submission_id)
        states = (found.state, found.jobs[0].state)
    assert states in [(S.cancelled, JobState.cancelled), (S.sent_to_training, JobState.started)]
