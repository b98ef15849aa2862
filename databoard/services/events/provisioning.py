"""Add, replace and remove problems and events. Called by the fab tasks."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from databoard.errors import NotFound
from databoard.models import CVFold, Event, EventAdmin, EventScoreType, Problem, User
from databoard.services.base import audit, joins
from databoard.services.base.files import FileStore
from databoard.services.events import events, notebooks, settings
from databoard.services.events.catalogue import Done, refresh_problem, register_score_type, register_workflow
from databoard.services.events.folds import encode_indices
from databoard.services.queue import jobs
from databoard.states import ScoreKind

if TYPE_CHECKING:
    from databoard.kits import EventSpec, Kit


def problem_by_name(session: Session, name: str) -> Problem:
    problem = session.scalar(select(Problem).where(Problem.name == name))
    if problem is None:
        raise NotFound(f"There is no problem {name!r} on this server. Add it first: fab add_problem:{name}")
    return problem


def add_problem(
    session: Session, *, name: str, store: FileStore, now: datetime, is_forced: bool = False
) -> Done:
    """Prepare a kit's data and register it with its workflow and score types; render its notebook.

    A problem that exists is refreshed; its events keep their frozen folds. With `is_forced` the problem is
    deleted first, with all its events and submissions, and its data are prepared again.
    """
    from databoard import kits

    path = kits.kit_path(store.problems, name)
    kits.require_texts(path)
    notebook = notebooks.render(path)
    kit = kits.prepare_and_describe(path, kits.find_environment(store.home, path), is_forced=is_forced)
    done = register_kit(session, kit, now=now, is_forced=is_forced)
    notebooks.keep(store, name, notebook)
    return done


def register_kit(session: Session, kit: "Kit", *, now: datetime, is_forced: bool = False) -> Done:
    """Register a described kit with its workflow and score types; see :func:`add_problem`."""
    name, found = kit.name, session.scalar(select(Problem).where(Problem.name == kit.name))
    deleted = _delete_problem(session, found, now=now) if found and is_forced else ""
    for facts in kit.score_types:
        register_score_type(session, facts, kit_name=name)
    if found is None or is_forced:
        workflow = register_workflow(session, kit)
        version = kit.version
        added = Problem(name=name, title=kit.title, workflow=workflow, kit_version=version, created_at=now)
        session.add(added)
        session.flush()
        audit.record_on(session, added, "add_problem", actor=None, now=now)
        return Done(f"{deleted}Added problem {name} ({kit.title}), workflow {workflow.name}.", True)
    is_changed = refresh_problem(session, found, kit)
    return Done(f"Problem {name} exists{'; refreshed from its kit' if is_changed else ''}.", is_changed)


def add_event(
    session: Session, *, name: str, store: FileStore, now: datetime, is_forced: bool = False
) -> Done:
    """Register an event of a registered problem and freeze its folds.

    `name` is that of ``events/<name>.toml`` in some kit; the name of a problem with one event file stands for an
    event of that name with those settings, that of a problem with none for one with every default. An event that
    exists takes over what its file says now, but for its scores; with `is_forced` it is deleted first, with all its
    submissions.
    """
    from databoard import kits

    found = session.scalar(select(Event).where(Event.name == name))
    if found is not None and not is_forced:
        return settings.apply_event_file(session, found, store=store, now=now)
    path, event_file = kits.locate_event(store.problems, name)
    problem = problem_by_name(session, path.name)
    kit, spec, folds = _freeze(store, path, event_file)
    deleted = ""
    if found is not None:
        delete_event(session, found, now=now)
        deleted = f"Deleted event {name} with its submissions. "
    score_types = _score_types(session, kit, spec)
    event = _event(spec, name, problem, now)
    event.score_kind = ScoreKind(kit.score_kind)
    session.add(event)
    event.score_types, event.cv_folds = score_types, folds
    session.flush()
    audit.record_on(session, event, "add_event", actor=None, now=now)
    return Done(f"{deleted}Added event {name} on {kit.name} ({spec.title}), {len(folds)} folds.", True)


def delete_event(session: Session, event: Event, *, now: datetime) -> None:
    """Delete an event with its teams, submissions and results; `trash` removes their predictions."""
    from databoard.models import EventTeam, Submission

    jobs.lock_pending_of_event(session, event)
    query = joins.event_team(select(func.count(Submission.id))).where(EventTeam.event_id == event.id)
    n_submissions = session.scalar(query)
    audit.record_on(session, event, "delete_event", actor=None, now=now, n_submissions=n_submissions)
    session.delete(event)
    session.flush()


def make_event_admin(session: Session, *, event_name: str, user: User, now: datetime) -> Done:
    """Let `user` run an event."""
    event = events.event_by_name(session, event_name)
    query = select(EventAdmin.id).where(EventAdmin.event_id == event.id, EventAdmin.admin_id == user.id)
    if session.scalar(query) is not None:
        return Done(f"{user.name} is admin of {event.name} already.", False)
    session.add(EventAdmin(event=event, admin=user))
    audit.record_on(session, event, "make_event_admin", actor=None, now=now, user=user.name)
    return Done(f"{user.name} is now admin of {event.name}.", True)


def _delete_problem(session: Session, problem: Problem, *, now: datetime) -> str:
    names = [event.name for event in problem.events]
    for event in list(problem.events):
        delete_event(session, event, now=now)
    session.expire(problem, ["events"])
    session.delete(problem)
    session.flush()
    return f"Deleted problem {problem.name} with events: {', '.join(names) or 'none'}. "


def _freeze(store: FileStore, path: Path, event_file: str | None) -> "tuple[Kit, EventSpec, list[CVFold]]":
    """Return the kit at `path`, the settings that one of its event files gives, and its folds."""
    from databoard import kits

    kits.require_texts(path)
    kit, folds = kits.describe_with_folds(path, kits.find_environment(store.home, path))
    spec = kits.load_event(kit, event_file) if event_file else kits.default_event(kit)
    rows = [
        CVFold(
            number=fold.number, train_is=encode_indices(fold.train_is), test_is=encode_indices(fold.test_is)
        )
        for fold in folds
    ]
    return kit, spec, rows


def _event(spec: "EventSpec", name: str, problem: Problem, now: datetime) -> Event:
    return Event(
        name=name,
        title=spec.title,
        problem=problem,
        opens_at=spec.opens_at or now,
        public_opens_at=spec.public_opens_at or spec.opens_at or now,
        closes_at=spec.closes_at,
        is_public=spec.is_public,
        is_controlled_signup=spec.is_controlled_signup,
        min_duration_between_submissions_s=spec.min_duration_between_submissions_s,
        max_attempts_per_day=spec.max_attempts_per_day,
        max_scored_per_day=spec.max_scored_per_day,
        time_zone=spec.time_zone,
        max_members_per_team=spec.max_members_per_team,
        max_n_ensemble=spec.max_n_ensemble,
        is_send_trained_mails=spec.is_send_trained_mails,
        is_send_submitted_mails=spec.is_send_submitted_mails,
        wall_time_limit_s=spec.wall_time_limit_s,
        cpu_time_limit_s=spec.cpu_time_limit_s,
        memory_limit_bytes=spec.memory_limit_bytes,
        max_processes=spec.max_processes,
        disk_limit_bytes=spec.disk_limit_bytes,
        max_files=spec.max_files,
        log_limit_bytes=spec.log_limit_bytes,
        resources=spec.resources,
        created_at=now,
    )


def _score_types(session: Session, kit: "Kit", spec: "EventSpec") -> list[EventScoreType]:
    facts = {facts.name: facts for facts in kit.score_types}
    return [
        EventScoreType(
            score_type=register_score_type(session, facts[score.score_type], kit_name=kit.name),
            name=score.name,
            kit_name=score.score_type,
            precision=score.precision,
            position=position,
            is_official=score.is_official,
        )
        for position, score in enumerate(spec.scores)
    ]
