"""Score the submissions of an event again from their stored predictions: compare, then write.

Computing runs outside of any transaction, so that the site stays writable; one transaction writes everything.
Nothing is printed here: reports are returned.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from databoard import kits
from databoard.clock import utc_now
from databoard.errors import Conflict, RuleError, SubmissionError
from databoard.ops import guard
from databoard.ops.blending import due_note
from databoard.ops.rescoring_reports import Comparison, UnchangedSubmission, Written
from databoard.runner import Runner, ScorerError
from databoard.services.base.database import open_database, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events
from databoard.services.results import rescoring
from databoard.services.results.replacement import ScoreSettings
from databoard.services.results.rescoring import ScoredSubmission, Standing, Unchanged
from databoard.services.submissions import training_tasks

if TYPE_CHECKING:
    from config import Config
    from databoard.runner import TrainingTask
    from databoard.scoring.folds import SubmissionScores

#: How often submissions that were scored meanwhile are added before it gives up.
MAX_ROUNDS = 5


@dataclass(frozen=True)
class _Plan:
    """What one rescoring works with."""

    sessions: sessionmaker[Session]
    store: FileStore
    event_name: str
    lease_s: float
    task: "TrainingTask"
    settings: ScoreSettings
    kit_stamp: tuple[object, ...]
    other_events: tuple[str, ...]
    before: Standing


@contextmanager
def open_rescoring(
    config: "Config",
    *,
    event_name: str,
    on_scored: Callable[[int, int, str], None] = lambda n_done, n_all, name: None,
) -> Iterator["Rescoring"]:
    """Yield the rescoring of an event, with a scorer that lives until the block ends.

    Parameters
    ----------
    on_scored : callable
        Called after each submission with the number of those done, of all, and its name.

    Raises
    ------
    NotFound
        If there is no such event.
    KitError, Conflict
        If its kit cannot be read, or is another one.
    """
    with open_database(config) as database:
        guard.require_ready(config, database.engine)
        store = FileStore(config.home, config.problems)
        plan = _plan(database.sessions, store, event_name, config.lease_s)
        with Runner(home=config.home, jail_mode=config.jail, n_parallel=1) as runner:
            yield Rescoring(plan, runner, on_scored)


class Rescoring:
    """New scores of one event: call `compare`, then `write` unless it was only a trial."""

    def __init__(self, plan: _Plan, runner: Runner, on_scored: Callable[[int, int, str], None]):
        self._plan, self._runner, self._on_scored = plan, runner, on_scored
        self._results: dict[tuple[int, str], SubmissionScores | Unchanged] = {}
        self._unchanged: list[UnchangedSubmission] = []

    def compare(self) -> Comparison:
        """Compute the new scores and return what they change.

        Raises
        ------
        RuleError
            If no submission can be rescored.
        """
        plan, before = self._plan, self._plan.before
        self._compute(before.submissions)
        if before.submissions and len(self._unchanged) == len(before.submissions):
            raise RuleError(
                f"None of the {len(self._unchanged)} scored submissions can be rescored, so nothing is written. "
                f"The first: {self._unchanged[0].reason}"
            )
        return Comparison(
            event_name=plan.event_name,
            changes=tuple(rescoring.rank_changes(before, plan.settings, self._results)),
            official_before=before.official,
            official=plan.settings.official.name,
            n_scored=len(before.submissions),
            unchanged=tuple(self._unchanged),
        )

    def write(self) -> Written:
        """Write everything in one transaction; what was scored meanwhile is computed, and it starts again.

        Raises
        ------
        Conflict
            If the kit changes meanwhile, or submissions are scored faster than rescored. Nothing is written then.
        """
        n_added: list[int] = []
        for n_left in reversed(range(MAX_ROUNDS)):
            try:
                applied = self._apply()
            except OperationalError:  # a worker that took a job meanwhile waited for us, and we for it
                if n_left == 0:
                    raise
                continue
            if not applied.missing:
                return self._written(applied, n_added)
            n_added.append(len(applied.missing))
            self._compute(applied.missing)
        raise Conflict(
            f"Submissions of {self._plan.event_name} are scored faster than rescored, so nothing is written. "
            "Stop the workers for a moment and try again."
        )

    def _compute(self, submissions: Iterable[ScoredSubmission]) -> None:
        submissions = tuple(submissions)
        for n_done, one in enumerate(submissions, start=1):
            self._results[one.key] = result = _score(self._plan, self._runner, one)
            if isinstance(result, Unchanged):
                self._unchanged.append(UnchangedSubmission(one.team_name, one.name, result.reason))
            self._on_scored(n_done, len(submissions), one.name)

    def _apply(self) -> rescoring.Applied:
        """Apply, and check before the commit that the kit is still the one whose scores were computed."""
        plan = self._plan
        with transaction(plan.sessions) as session:
            applied = rescoring.apply(
                session,
                event_name=plan.event_name,
                settings=plan.settings,
                results=self._results,
                now=utc_now(),
            )
            if not applied.missing:
                _require_unchanged_kit(plan)
        return applied

    def _written(self, applied: rescoring.Applied, n_added: list[int]) -> Written:
        plan = self._plan
        with transaction(plan.sessions) as session:
            note = due_note(session, plan.event_name, now=utc_now(), lease_s=plan.lease_s)
        return Written(
            event_name=plan.event_name,
            n_replaced=applied.n_replaced,
            n_restarted=applied.n_restarted,
            n_added=tuple(n_added),
            unchanged=tuple(self._unchanged),
            other_events=plan.other_events,
            due_note=note,
        )


def _plan(sessions: sessionmaker[Session], store: FileStore, event_name: str, lease_s: float) -> _Plan:
    with transaction(sessions) as session:
        event = events.event_by_name(session, event_name)
        problem_name, old_version = event.problem.name, event.problem.kit_version
    settings, stamp = _read_kit(store, event_name, problem_name)
    with transaction(sessions) as session:
        event = events.event_by_name(session, event_name)
        task = replace(
            training_tasks.blending_task(event, store),
            kit_version=settings.kit.version,
            scores=tuple((score.name, score.score_type) for score in settings.scores),
            official=settings.official.name,
        )
        is_new_kit = settings.kit.version != old_version
        others = sorted(each.name for each in event.problem.events if each.id != event.id and is_new_kit)
        before = rescoring.standing(session, event)
    return _Plan(sessions, store, event_name, lease_s, task, settings, stamp, tuple(others), before)


def _read_kit(
    store: FileStore, event_name: str, problem_name: str
) -> tuple[ScoreSettings, tuple[object, ...]]:
    """Return what the kit says now, and a stamp that changes with it."""
    path, event_file = kits.locate_event(store.problems, event_name)
    if path.name != problem_name:
        raise Conflict(
            f"Event {event_name} belongs to problem {problem_name}, but its file lies in {path.name}. Move it back."
        )
    stamp = _stamp(path, event_file)
    kit = kits.describe(path, kits.find_environment(store.home, path))
    spec = kits.load_event(kit, event_file) if event_file else kits.default_event(kit)
    return ScoreSettings(kit, spec.scores), stamp


def _stamp(path: Path, event_file: str | None) -> tuple[object, ...]:
    settings = path / "events" / f"{event_file}.toml"
    return kits.stamp_of(path), settings.read_bytes() if event_file else b""


def _require_unchanged_kit(plan: _Plan) -> None:
    path, event_file = kits.locate_event(plan.store.problems, plan.event_name)
    if _stamp(path, event_file) != plan.kit_stamp:
        raise Conflict(f"The kit {path.name} changed meanwhile, so nothing is written. Rescore again.")


def _score(plan: _Plan, runner: Runner, submission: ScoredSubmission) -> "SubmissionScores | Unchanged":
    """Return the new scores, or why there are none; a fault that is not the submission's ends everything."""
    folder = plan.store.predictions_path(*submission.key)
    if fault := _fault_of(folder):
        return Unchanged(fault)
    try:
        return runner.score(plan.task, folder)
    except SubmissionError as error:
        return Unchanged(f"its predictions do not fit the kit any more: {error}")
    except ScorerError:
        if fault := _fault_of(folder):  # removed a moment ago
            return Unchanged(fault)
        raise


def _fault_of(folder: Path) -> str:
    """Return what is wrong with the file of predictions; empty when all its bytes are as they were written."""
    file = folder / "predictions.npz"
    try:
        with zipfile.ZipFile(file) as archive:
            return "its predictions on disk are damaged" if archive.testzip() else ""
    except FileNotFoundError:
        return "its predictions are missing on disk"
    except (zipfile.BadZipFile, OSError, EOFError):
        return "its predictions on disk are damaged"
