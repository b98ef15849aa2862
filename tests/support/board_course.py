"""What changes boards, each by the function that the server calls, at random but the same in every run."""

import random
from dataclasses import replace
from types import SimpleNamespace

from databoard.kits.kit import EventScore
from databoard.models import EventTeam, Submission
from databoard.scoring.blending import EnsembleResult
from databoard.services.events import ensemble_results, ensembles
from databoard.services.queue import jobs
from databoard.services.results import recording
from databoard.services.results.replacement import ScoreSettings, replace_scores
from databoard.services.submissions import submit
from databoard.states import JobStep, ScoreKind, SubmissionState
from tests.support.submissions import all_scores, fold_run

#: Few values, so that scores are equal, and some are missing.
VALUES = (None, 0.25, 0.5, 0.5000001, 0.75)


class Course:
    """Every method is something that happens to an event; `chance` decides to which submission."""

    def __init__(self, session, store, now, event, teams, kit):
        self.session, self.store, self.now, self.event, self.teams, self.kit = (
            session,
            store,
            now,
            event,
            teams,
            kit,
        )
        self.chance, self.n_made = random.Random(0), 0
        self.event_scores = [
            EventScore(row.kit_name, row.name, row.precision, row.is_official) for row in event.score_types
        ]

    @property
    def happenings(self):
        return (
            self.score,
            self.score,
            self.score,
            self.fail,
            self.rerun,
            self.score_again,
            self.delete,
            self.leave_or_join,
            self.blend,
            self.deposit_again,
            self.rescore,
        )

    def score(self):
        self._train(self._new())

    def fail(self):
        claim = self._claimed(self._new())
        run = fold_run(0, "training_error", error_code="training_error", message="no", trace="")
        recording.record_error(self.session, claim, runs=(run, fold_run(1)), now=self.now)

    def rerun(self):
        for submission in self._some_scored():
            submit.rerun(self.session, submission, now=self.now)
            if self.chance.random() < 0.5:
                self._train(submission)

    def score_again(self):
        for submission in self._some_scored():
            submit.rerun(self.session, submission, now=self.now, step=JobStep.score)
            recording.record_scores(
                self.session, self._claimed(submission), runs=(), scores=self.scores(), now=self.now
            )

    def delete(self):
        for submission in self._some_scored():
            submit.delete_submission(self.session, submission, now=self.now)

    def leave_or_join(self):
        for submission in self._some_scored():
            ensembles.set_part(self.session, submission, is_valid=not submission.is_valid)

    def blend(self):
        rows = ensembles.candidates(self.session, self.event)
        weights = [self.chance.choice((0, 0, 1, 2, 3)) for _ in rows]
        shares = {row.id: w / (sum(weights) or 1) for row, w in zip(rows, weights, strict=True)}
        result = EnsembleResult(
            contributivity=shares,
            fold_contributivity={0: shares, 1: shares},
            best=dict.fromkeys((0, 1)),
            combined_valid={},
            combined_test={},
            foldwise_valid={},
            foldwise_test={},
        )
        ensemble_results.record(self.session, event=self.event, submissions=rows, result=result, now=self.now)
        self.session.expire_all()

    def deposit_again(self):
        for submission in self._some_scored():
            files = {"classifier.py": b"class Classifier: pass\n"}
            facts = {"name": submission.name, "files": files, "store": self.store, "now": self.now}
            submit.deposit(self.session, event_team=submission.event_team, is_forced=True, **facts)

    def rescore(self):
        """Other score types, another official one, other digits, bagged or mean: as a changed kit brings them."""
        kit = replace(self.kit, score_kind=self.chance.choice([str(kind) for kind in ScoreKind]))
        shown = self.chance.sample(self.event_scores, k=self.chance.randint(1, len(self.event_scores)))
        scores = tuple(
            replace(score, precision=self.chance.randint(0, 4), is_official=place == 0)
            for place, score in enumerate(shown)
        )
        names = [score.name for score in scores]
        results = {
            row.id: self.scores(names) if self.chance.random() < 0.8 else SimpleNamespace()
            for row in self._scored()
        }
        replace_scores(self.session, self.event, ScoreSettings(kit, scores), results, now=self.now)
        self.session.expire_all()

    def claim_new(self):
        """Return the claim on a new submission that trains."""
        return self._claimed(self._new())

    def _new(self):
        self.n_made += 1
        team, name = self.chance.choice(self.teams), f"made_{self.n_made}"
        return submit.submit(
            self.session, event_team=team, user=None, name=name, store=self.store, now=self.now
        )

    def _train(self, submission):
        claim = self._claimed(submission)
        times = {"train_time_s": self.chance.choice((1.00049, 2.5)), "valid_time_s": None}
        runs = (fold_run(0, **times), fold_run(1))
        recording.record_scores(self.session, claim, runs=runs, scores=self.scores(), now=self.now)

    def _claimed(self, submission):
        self.session.flush()
        self.session.refresh(submission)
        job = submission.jobs[-1]
        job.step = JobStep.train_test if job.step is JobStep.check else job.step
        job.priority = 9
        self.session.flush()
        claim = jobs.claim_next(self.session, worker="w1", now=self.now)
        assert claim.submission_id == submission.id
        recording.start(self.session, claim, store=self.store, now=self.now)
        return claim

    def scores(self, names=None):
        """Return scores of a submission of this event, or of other score types."""
        numbers = {
            f"{part}_{what}": self.chance.choice(VALUES)
            for part in ("valid", "test")
            for what in ("bag", "mean")
        }
        scores = all_scores(self.event, **numbers, test_std=self.chance.choice(VALUES))
        if names is None:
            return scores
        summary = next(iter(scores.summary.values()))
        by_fold = {number: dict.fromkeys(names, (1.0, 0.5, 0.25)) for number in scores.by_fold}
        return type(scores)(by_fold=by_fold, summary=dict.fromkeys(names, summary))

    def _scored(self):
        self.session.flush()
        query = self.session.query(Submission).join(EventTeam).filter(EventTeam.event_id == self.event.id)
        return query.filter(Submission.state == SubmissionState.scored).order_by(Submission.id).all()

    def _some_scored(self):
        found = self._scored()
        return [self.chance.choice(found)] if found else []
