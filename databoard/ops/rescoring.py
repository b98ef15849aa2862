"""Score the submissions of an event again from their stored predictions. Called by ``fab rescore``.

Computing runs outside of any transaction, so that the site stays writable; one transaction writes everything.
"""

import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from databoard import kits
from databoard.clock import utc_now
from databoard.errors import Conflict, RuleError, SubmissionError
from databoard.ops import schema
from databoard.ops.blending import due_note
from databoard.ops.output import rendered
from databoard.ops.progress import bar
from databoard.runner import Runner, ScorerError
from databoard.services.base.database import open_database, transaction
from databoard.services.base.files import FileStore
from databoard.services.events import events
from databoard.services.results import rescoring
from databoard.services.results.replacement import ScoreSettings
from databoard.services.results.rescoring import Kept, Results, ScoredSubmission, Standing
from databoard.services.submissions import training_tasks

if TYPE_CHECKING:
    from config import Config
    from databoard.runner import TrainingTask
    from databoard.scoring.folds import SubmissionScores

#: How often submissions that were scored meanwhile are added before it gives up.
MAX_ROUNDS = 5

Say = Callable[[str], None]
#: By run, as :data:`Results`, to which more may come.
Scored = dict[tuple[int, str], "SubmissionScores | Kept"]


@dataclass(frozen=True)
class _Desk:
    """What one rescoring works with."""

    sessions: sessionmaker[Session]
    store: FileStore
    event_name: str
    task: "TrainingTask"
    settings: ScoreSettings
    kit_stamp: tuple[object, ...]
    others: tuple[str, ...]


def rescore(config: "Config", *, event_name: str, is_dry_run: bool, format: str = "table") -> int:
    """Print which ranks and official scores change, then write the new scores; return 1 if some could not be.

    Raises
    ------
    RuleError
        If no submission can be rescored, or the kit changes meanwhile; nothing is written then.
    """
    rendered([], format)  # refuses before the work
    say = partial(print, file=sys.stdout if format == "table" else sys.stderr, flush=True)
    with open_database(config) as database:
        schema.require_current(database.engine)
        desk, before = _open(database.sessions, FileStore(config.home, config.problems), event_name)
        with Runner(home=config.home, jail_mode=config.jail, n_parallel=1) as runner:
            results = _compute(desk, runner, before.submissions)
            _require_some(before.submissions, results)
            _show(before, desk, results, format, say)
            if not is_dry_run:
                _write(desk, runner, results, say)
                _say_what_is_due(desk, config, say)
    if is_dry_run:
        say(f"{event_name}: nothing is written, this was a dry run.")
    return int(any(isinstance(result, Kept) for result in results.values()))


def _open(sessions: sessionmaker[Session], store: FileStore, event_name: str) -> tuple[_Desk, Standing]:
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
        desk = _Desk(sessions, store, event_name, task, settings, stamp, tuple(others))
        return desk, rescoring.standing(session, event)


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


def _compute(desk: _Desk, runner: Runner, submissions: Iterable[ScoredSubmission]) -> "Scored":
    """Score each submission, with a bar on standard error when somebody looks."""
    results: Scored = {}
    submissions, started_s = tuple(submissions), time.monotonic()
    for n_done, submission in enumerate(submissions, start=1):
        results[submission.key] = _score(desk, runner, submission)
        if sys.stderr.isatty():
            line = (
                f"\r{bar(n_done, len(submissions))}  {time.monotonic() - started_s:5.1f} s  {submission.name}"
            )
            print(f"{line:<80}", end="\n" * (n_done == len(submissions)), file=sys.stderr, flush=True)
    return results


def _score(desk: _Desk, runner: Runner, submission: ScoredSubmission) -> "SubmissionScores | Kept":
    """Return the new scores, or why there are none; a fault that is not the submission's ends everything."""
    folder = desk.store.predictions_path(*submission.key)
    if fault := _fault_of(folder):
        return Kept(fault)
    try:
        return runner.score(desk.task, folder)
    except SubmissionError as error:
        return Kept(f"its predictions do not fit the kit any more: {error}")
    except ScorerError:
        if fault := _fault_of(folder):  # removed a moment ago
            return Kept(fault)
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


def _require_some(submissions: tuple[ScoredSubmission, ...], results: Results) -> None:
    whys = [result.why for result in results.values() if isinstance(result, Kept)]
    if submissions and len(whys) == len(submissions):
        raise RuleError(
            f"None of the {len(whys)} scored submissions can be rescored, so nothing is written. The first: {whys[0]}"
        )


def _show(before: Standing, desk: _Desk, results: Results, format: str, say: Say) -> None:
    changes = rescoring.rank_changes(before, desk.settings, results)
    if changes or format != "table":
        print(rendered(map(asdict, changes), format), flush=True)
    official = desk.settings.official.name
    if before.official != official:
        say(f"The official score is {official} now, it was {before.official}.")
    n_all = len(before.submissions)
    say(f"{desk.event_name}: {len(changes)} of {n_all} submissions change rank or official score.")
    for submission in before.submissions:
        result = results[submission.key]
        if isinstance(result, Kept):
            arguments = f"{desk.event_name},{submission.team_name},{submission.name}"
            say(
                f"{submission.team_name}/{submission.name} keeps its old scores: {result.why}. "
                f"Run it again: fab set_state:{arguments},new"
            )


def _write(desk: _Desk, runner: Runner, results: "Scored", say: Say) -> None:
    """Write everything in one transaction; what was scored meanwhile is computed and it starts again."""
    for n_left in reversed(range(MAX_ROUNDS)):
        try:
            applied = _apply(desk, results)
        except OperationalError:  # a worker that took a job meanwhile waited for us, and we for it
            if n_left == 0:
                raise
            continue
        if not applied.missing:
            return _tell(desk, applied, say)
        say(f"{len(applied.missing)} more were scored meanwhile.")
        results |= _compute(desk, runner, applied.missing)
    raise Conflict(
        f"Submissions of {desk.event_name} are scored faster than rescored, so nothing is written. "
        "Stop the workers for a moment and try again."
    )


def _apply(desk: _Desk, results: Results) -> rescoring.Applied:
    with transaction(desk.sessions) as session:
        return rescoring.apply(
            session,
            event_name=desk.event_name,
            settings=desk.settings,
            results=results,
            now=utc_now(),
            check=partial(_require_unchanged, desk),
        )


def _require_unchanged(desk: _Desk) -> None:
    path, event_file = kits.locate_event(desk.store.problems, desk.event_name)
    if _stamp(path, event_file) != desk.kit_stamp:
        raise Conflict(f"The kit {path.name} changed meanwhile, so nothing is written. Rescore again.")


def _say_what_is_due(desk: _Desk, config: "Config", say: Say) -> None:
    with transaction(desk.sessions) as session:
        if note := due_note(session, desk.event_name, now=utc_now(), lease_s=config.lease_s):
            say(note)


def _tell(desk: _Desk, applied: rescoring.Applied, say: Say) -> None:
    say(f"{desk.event_name}: {applied.n_replaced} submissions have new scores; the old ones are kept.")
    if applied.n_restarted:
        say(f"{applied.n_restarted} that ran start again.")
    if desk.others:
        say(
            f"The kit changed. Rescore its other events, too: {', '.join(f'fab rescore:{o}' for o in desk.others)}"
        )
