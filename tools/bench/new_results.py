"""One more result of an event: submitted, claimed, recorded and blended by the services, without any training.

Called by the benchmarks of boards and of the queue.
"""

from databoard import kits
from databoard.clock import utc_now
from databoard.models import Event
from databoard.runner import FoldRun
from databoard.scoring.blending import EnsembleResult
from databoard.scoring.folds import ScoreSummary, SubmissionScores
from databoard.services.base.database import transaction
from databoard.services.events import ensemble_results, ensembles
from databoard.services.people import access, accounts
from databoard.services.queue import jobs
from databoard.services.queue.order import QUEUED_STEPS
from databoard.services.results import checks, recording
from databoard.services.submissions import submit
from databoard.states import JobStep
from tools.bench.course import STUDENT, Course

WORKER = "bench"
#: What a claim of blending may take.
LEASE_S = 60.0
N_BLENDED = 80


def hand_over(course: Course, name: str) -> jobs.Claim:
    """Submit for the student's team, let the submission pass its check and start its training; return the claim."""
    now, store = utc_now(), course.store
    files = kits.starting_kit_files(store.kit_path("iris"))
    with transaction(course.sessions) as session:
        student = accounts.user_by_name(session, STUDENT)
        team = access.event_team_of(session, event=course.event(session), user=student)
        if team is None:
            raise RuntimeError(f"{STUDENT} is in no team of the event.")
        submit.deposit(session, event_team=team, name=name, files=files, store=store, now=now)
    with transaction(course.sessions) as session:
        check = jobs.claim_next(session, worker=WORKER, now=now, steps=(JobStep.check,))
        checks.record_passed(session, _held(check), now=now)
    with transaction(course.sessions) as session:
        claim = _held(jobs.claim_next(session, worker=WORKER, now=now, steps=QUEUED_STEPS))
        recording.start(session, claim, store=store, now=now)
    return claim


def record(course: Course, claim: jobs.Claim, value: float) -> None:
    """Record a result whose validation and test scores are all `value`, in one transaction."""
    with transaction(course.sessions) as session:
        event = course.event(session)
        recording.record_scores(
            session, claim, runs=fold_runs(event), scores=scores(event, value), now=utc_now()
        )


def blend(course: Course, newest_id: int) -> None:
    """Record a blending in which the newest submission has half of the blend: all of it but the computation."""
    now = utc_now()
    with transaction(course.sessions) as session:
        claim = ensembles.claim_due(session, owner=WORKER, now=now, lease_s=LEASE_S)
        if claim is None:
            raise RuntimeError("Expected the blending of the event to be due after a new result.")
        event = course.event(session)
        ids = [row.id for row in ensembles.candidates(session, event)]
        numbers = [fold.number for fold in event.cv_folds]
        names = [score.name for score in event.score_types]
    others = [i for i in ids if i != newest_id][: N_BLENDED - 1]
    shares = dict.fromkeys(ids, 0.0) | dict.fromkeys(others, 0.5 / max(1, len(others))) | {newest_id: 0.5}
    combined = dict.fromkeys(names, 0.9)
    result = EnsembleResult(
        contributivity=shares,
        fold_contributivity=dict.fromkeys(numbers, shares),
        best=dict.fromkeys(numbers, newest_id),
        combined_valid=combined,
        combined_test=combined,
        foldwise_valid=combined,
        foldwise_test=combined,
    )
    with transaction(course.sessions) as session:
        ensemble_results.record_claimed(session, claim, submission_ids=ids, result=result, now=now)


def fold_runs(event: Event) -> tuple[FoldRun, ...]:
    """Return a run of each fold that went well."""
    return tuple(
        FoldRun(
            number=fold.number,
            state="tested",
            train_time_s=1.5,
            valid_time_s=0.25,
            test_time_s=0.125,
            cpu_time_s=3.0,
            max_rss_bytes=180 * 2**20,
        )
        for fold in event.cv_folds
    )


def scores(event: Event, value: float) -> SubmissionScores:
    """Return scores that are `value` everywhere."""
    n_folds, names = len(event.cv_folds), [score.name for score in event.score_types]
    summary = ScoreSummary(
        valid_bag=value,
        test_bag=value,
        valid_bags=(value,) * n_folds,
        test_bags=(value,) * n_folds,
        train_mean=value,
        train_std=0.0,
        valid_mean=value,
        valid_std=0.0,
        test_mean=value,
        test_std=0.0,
    )
    return SubmissionScores(
        by_fold={fold.number: dict.fromkeys(names, (value, value, value)) for fold in event.cv_folds},
        summary=dict.fromkeys(names, summary),
    )


def _held(claim: jobs.Claim | None) -> jobs.Claim:
    if claim is None:
        raise RuntimeError("Expected a job that waits.")
    return claim
