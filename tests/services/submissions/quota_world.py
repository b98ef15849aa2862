"""A naive recount of the quota beside the real one, while everything happens to submissions."""

from collections import defaultdict
from datetime import timedelta

from databoard.errors import Conflict, SubmissionError, TooManyRequests
from databoard.models import QuotaEntry, Submission, SubmissionFold, SubmissionFoldScore
from databoard.services.queue import jobs
from databoard.services.results import checks, recording
from databoard.services.submissions import control, quota
from databoard.services.submissions import submit as submitting
from databoard.services.submissions.selection import JobFilter
from databoard.states import FINAL_STATES, PENDING_STATES, JobStep, QuotaCause, QuotaKind, SubmissionState
from tests.support.submissions import all_scores, fold_run

S = SubmissionState
NAMES = ("one1", "two2", "three", "four", "five5")
HAPPENINGS = {
    "submit": 9,
    "organiser_submits": 1,
    "start": 6,
    "score": 3,
    "fail": 2,
    "refuse": 1,
    "cancel_running": 1,
    "cancel_waiting": 1,
    "cancel": 2,
    "end_by_hand": 1,
    "refuse_by_check": 2,
    "fault": 4,
    "lose": 1,
    "drain": 1,
    "rerun": 1,
    "deposit_over": 2,
    "delete": 2,
    "wait": 4,
    "change_limits": 1,
    "grant": 1,
}


class World:
    """The owls and their submissions, and beside the ledger a book of our own that shares no code with it."""

    def __init__(self, session, store, event_team, user, now):
        self.session, self.store, self.owls, self.alice, self.now = session, store, event_team, user, now
        self.event = event_team.event
        self.event.closes_at, self.event.min_duration_between_submissions_s = None, 0
        self.event.time_zone = "Europe/Paris"
        self.event.max_attempts_per_day, self.event.max_scored_per_day = 3, 2
        self.held = []  # claims that train
        self.rounds = defaultdict(
            list
        )  # name -> what each try took: [day, attempt, score], 1 while it is taken
        self.gone = []  # rounds of what was deleted
        self.grants = defaultdict(lambda: [0, 0])

    # What may happen; `number` chooses which

    def submit(self, number, user="alice"):
        user = self.alice if user else None
        name = NAMES[number % len(NAMES)]
        found = self.named(name)
        is_free = found is None or (found.state in recording.ERROR_STATES | {S.cancelled})
        may = user is None or all(left is None or left > 0 for left in self.recount())
        try:
            submitting.submit(
                self.session, event_team=self.owls, user=user, name=name, store=self.store, now=self.now
            )
        except (Conflict, TooManyRequests):
            assert not (is_free and may), f"{name} should have been accepted"
            return
        assert is_free and may, f"{name} should have been refused"
        if user is not None:
            self.rounds[name].append([self.day(), 1, 1])

    def organiser_submits(self, number):
        self.submit(number, user=None)

    def start(self, number):
        if checked := self.claim(JobStep.check):
            checks.record_passed(self.session, checked, now=self.now)
            self.session.flush()
        if claim := self.claim(JobStep.train_test):
            recording.start(self.session, claim, store=self.store, now=self.now)
            self.held.append(claim)

    def score(self, number):
        if claim := self.take(number):
            runs = (fold_run(0), fold_run(1))
            recording.record_scores(
                self.session, claim, runs=runs, scores=all_scores(self.event), now=self.now
            )

    def fail(self, number):
        if claim := self.take(number):
            name = self.name_of(claim)
            runs = (fold_run(0, "training_error", error_code="training_error"), fold_run(1))
            recording.record_error(self.session, claim, runs=runs, now=self.now)
            self.give_back(name, score=True)

    def refuse(self, number):
        if claim := self.take(number):
            name, error = self.name_of(claim), SubmissionError("NaN", code="bad_output")
            recording.record_refused(
                self.session, claim, runs=(fold_run(0), fold_run(1)), error=error, now=self.now
            )
            self.give_back(name, score=True)

    def cancel_running(self, number):
        if claim := self.take(number):
            name = self.name_of(claim)
            recording.record_cancelled(self.session, claim, now=self.now)
            self.give_back(name, score=True)

    def cancel_waiting(self, number):
        if claim := self.claim(JobStep.check, JobStep.train_test):
            name = self.name_of(claim)
            recording.record_cancelled(self.session, claim, now=self.now)
            self.give_back(name, attempt=True, score=True)

    def end_by_hand(self, number):
        if found := self.some(number, {S.new}):
            submitting.end_by_hand(self.session, found, state=S.cancelled, now=self.now)
            self.give_back(found.name, attempt=True, score=True)

    def refuse_by_check(self, number):
        if claim := self.claim(JobStep.check):
            name, run = self.name_of(claim), fold_run(0, "checking_error", error_code="import_error")
            checks.record_refused(self.session, claim, run=run, now=self.now)
            self.give_back(name, attempt=True, score=True)

    def cancel(self, number):
        if found := self.some(number, PENDING_STATES):
            filters = JobFilter(submission_id=found.id)
            self.gone_from_under(found.name)
            control.cancel(self.session, filters, actor=None, now=self.now)

    def fault(self, number):
        for _ in range(1 + number % 3):
            if claim := self.take(number):
                name = self.name_of(claim)
                recording.record_fault(self.session, claim, message="disk", now=self.now)
                if claim.attempt >= jobs.MAX_ATTEMPTS:
                    self.give_back(name, attempt=True, score=True)
                self.session.flush()
                self.start(number)

    def drain(self, number):
        if claim := self.take(number):
            recording.record_fault(self.session, claim, message="stop", now=self.now, is_counted=False)

    def lose(self, number):
        self.now += timedelta(minutes=1)
        for claim in self.held:
            if claim.attempt >= jobs.MAX_ATTEMPTS:
                self.give_back(self.name_of(claim), attempt=True, score=True)
        self.held.clear()
        recording.reap(self.session, now=self.now, lease_s=30)

    def rerun(self, number):
        if found := self.some(number, FINAL_STATES):
            submitting.rerun(self.session, found, now=self.now)

    def deposit_over(self, number):
        name = NAMES[number % len(NAMES)]
        self.gone_from_under(name)
        submitting.deposit(
            self.session,
            event_team=self.owls,
            name=name,
            files={"classifier.py": b"x = 1"},
            store=self.store,
            now=self.now,
            is_forced=True,
        )

    def delete(self, number):
        if found := self.some(number, S):
            self.gone_from_under(found.name)
            submitting.delete_submission(self.session, found, now=self.now)
            self.gone += self.rounds.pop(found.name, [])

    def wait(self, number):
        self.now += timedelta(hours=1 + number % 30)
        for claim in self.held:
            jobs.heartbeat(self.session, claim, now=self.now)

    def change_limits(self, number):
        self.event.max_attempts_per_day, self.event.max_scored_per_day = number % 5, number // 5 % 4

    def grant(self, number):
        quota.grant(self.session, event_team=self.owls, by=None, attempts=1, scored=number % 2, now=self.now)
        self.grants[self.day()][0] += 1
        self.grants[self.day()][1] += number % 2

    # The book

    def give_back(self, name, attempt=False, score=False):
        if self.rounds[name]:
            last = self.rounds[name][-1]
            last[1] = 0 if attempt else last[1]
            last[2] = 0 if score else last[2]

    def gone_from_under(self, name):
        """Note what comes back when a submission is cancelled, deleted or replaced while it waits or runs."""
        found = self.named(name)
        if found is not None and found.is_pending:
            self.give_back(name, attempt=found.training_started_at is None, score=True)
        self.held = [claim for claim in self.held if self.name_of(claim) != name]

    def recount(self):
        """Return what is left of attempts and scores today, None without a limit."""
        limits = (self.event.max_attempts_per_day, self.event.max_scored_per_day)
        tries = [taken for rounds in (*self.rounds.values(), self.gone) for taken in rounds]
        used = [sum(taken[i] for taken in tries if taken[0] == self.day()) for i in (1, 2)]
        return [
            max(0, limit + granted - n) if limit else None
            for limit, granted, n in zip(limits, self.grants[self.day()], used, strict=True)
        ]

    def check(self):
        """Compare what is shown with ledger and book."""
        today = quota.left(self.session, self.owls, now=self.now)
        assert [today.attempts.left, today.scored.left] == self.recount()
        sums, given = defaultdict(int), defaultdict(int)
        for row in self.session.query(QuotaEntry):
            sums[row.day, row.kind] += row.amount
            given[row.day, row.kind] += row.amount * (row.cause is QuotaCause.granted)
        assert all(total <= given[key] for key, total in sums.items())
        for shown, kind in ((today.attempts, QuotaKind.attempt), (today.scored, QuotaKind.scored)):
            assert shown.left in (None, max(0, shown.limit + sums[today.day, kind]))

    def forget_fold_rows(self):
        """Let go of rows that a cascade of the database may delete: SQLite gives their numbers to new rows."""
        self.session.expire_all()
        for row in list(self.session):
            if isinstance(row, (SubmissionFold, SubmissionFoldScore)) and row in self.session:
                self.session.expunge(row)

    def day(self):
        return quota.day_of(self.event, self.now)

    def named(self, name):
        found = self.session.query(Submission).filter_by(event_team_id=self.owls.id, name=name).one_or_none()
        if found is not None:
            self.session.refresh(found)
        return found

    def some(self, number, states):
        """Return a submission in one of these states, None without one."""
        query = self.session.query(Submission).filter(Submission.state.in_(states)).order_by(Submission.id)
        found = query.populate_existing().all()
        return found[number % len(found)] if found else None

    def name_of(self, claim):
        return self.session.get(Submission, claim.submission_id).name

    def claim(self, *steps):
        return jobs.claim_next(self.session, worker="w", now=self.now, steps=steps)

    def take(self, number):
        return self.held.pop(number % len(self.held)) if self.held else None
