"""Blend an event's submissions from their stored predictions. Called by ``fab compute_contributivity``."""

from ..clock import utc_now
from ..runner import Runner, load_predictions
from ..services import ensembles, events, training
from ..services.database import make_engine, session_factory, transaction
from ..services.files import FileStore
from ..services.leaderboards import score_text


def compute_contributivity(config, *, event_name: str) -> str:
    """Set contributivity, historical contributivity and the combined scores of an event; say what came out.

    The blending runs between two transactions, so that the site stays writable meanwhile; a submission that was
    scored in between takes part next time.
    """
    engine = make_engine(config.db_url, is_perf=config.is_db_perf)
    sessions, store = session_factory(engine), FileStore(config.home, config.problems)
    with transaction(sessions) as session:
        event = events.event_by_name(session, event_name)
        candidates, lost = _with_predictions(ensembles.candidates(session, event), store)
        task = training.blending_task(event, store)
        max_n_ensemble = event.max_n_ensemble
    result = None
    if candidates:
        predictions = {submission.id: load_predictions(path) for submission, path in candidates.items()}
        with Runner(home=config.home, jail_mode=config.jail, n_parallel=1) as runner:
            result = runner.blend(task, predictions, official=task.official, max_n_ensemble=max_n_ensemble)
    with transaction(sessions) as session:
        event = events.event_by_name(session, event_name)
        there = {submission.id for submission in candidates}
        kept = [s for s in ensembles.candidates(session, event) if s.id in there]
        ensembles.record(session, event=event, submissions=kept, result=result, now=utc_now())
        text = _summary(event_name, kept, result, task.official) + lost
    engine.dispose()
    return text


def _with_predictions(submissions: list, store: FileStore) -> tuple[dict, str]:
    """Return the folder of each submission whose predictions are on disk, and a word on those that lost them."""
    folders = {s: store.predictions_path(s.id, s.predictions_key) for s in submissions}
    there = {submission: folder for submission, folder in folders.items() if folder.is_dir()}
    lost = [submission.name for submission in submissions if submission not in there]
    advice = " Left out, their predictions are missing (run them again: fab set_state … new): "
    return there, advice + ", ".join(lost) + "." if lost else ""


def _summary(event_name: str, submissions: list, result, official: str) -> str:
    if result is None:
        return f"{event_name}: nothing is scored yet; contributivities are zero."
    shares = sorted(((s.contributivity, s.name) for s in submissions), reverse=True)
    parts = ", ".join(f"{name} {100 * share:.0f} %" for share, name in shares if share > 0)
    combined = score_text(result.combined_valid[official], 4)
    return f"{event_name}: combined {official} {combined}; contributivity {parts}."
