"""Read ``events/<event>.toml``: dates, limits, visibility and scores of an event."""

import re
from dataclasses import MISSING, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from databoard.errors import KitError, NotFound
from databoard.kits.kit import EventScore, EventSpec, Kit, ScoreTypeFacts
from databoard.kits.loading import names
from databoard.kits.teaching import Teaching, read_teaching
from databoard.kits.texts import read_text

_KINDS: dict[Any, tuple[Any, str]] = {  # by the annotation of a field
    datetime | None: (datetime, "a date with a zone, such as 2026-12-01T12:00:00Z"),
    bool: (bool, "true or false"),
    int: (int, "a whole number"),
    str: (str, "a text in quotes"),
}
_MAY_BE_ZERO = {
    "min_duration_between_submissions_s",
    "max_attempts_per_day",
    "max_scored_per_day",
    "cpu_time_limit_s",
    "precision",
}
_RESOURCE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,30}=[0-9]+(\.[0-9]+)?(e[0-9]+)?")
_DERIVED = {"name", "problem_name", "scores"}
_SCORE_KINDS = {"score_type": str, "name": str, "precision": int, "is_official": bool}


def event_names(path: str | Path) -> tuple[str, ...]:
    """Return the names of the events of the kit at ``path``, sorted; executes nothing."""
    return tuple(sorted(p.stem for p in (Path(path) / "events").glob("*.toml")))


def find_event(problems_dir: str | Path, event_name: str) -> tuple[str, Path]:
    """Return the name and folder of the problem that an event belongs to; executes nothing.

    Raises
    ------
    NotFound
        If no kit has this event.
    KitError
        If two kits have it.
    """
    owners = [name for name in names(problems_dir) if event_name in event_names(Path(problems_dir) / name)]
    if not owners:
        raise NotFound(f"No problem has an event {event_name!r}. Add <problem>/events/{event_name}.toml.")
    if len(owners) > 1:
        raise KitError(f"{' and '.join(owners)} both have events/{event_name}.toml. Rename one.")
    return owners[0], Path(problems_dir) / owners[0]


def locate_event(problems_dir: str | Path, name: str) -> tuple[Path, str | None]:
    """Return the folder of the kit and the event file that ``name`` stands for; executes nothing.

    ``name`` is that of an event file, or of a kit with one event file, or of a kit with none, as kits written
    for RAMP are: the event then takes every default, and ``None`` stands for the file.

    Raises
    ------
    NotFound
        If nothing of that name is there, or a kit of that name has several events.
    """
    try:
        return find_event(problems_dir, name)[1], name
    except NotFound:
        path = Path(problems_dir) / name
        found = event_names(path)
        if name not in names(problems_dir) or len(found) > 1:
            raise
        return path, found[0] if found else None


def default_event(kit: Kit) -> EventSpec:
    """Return the event of a kit without event files: its own title and scores, the defaults for all else."""
    return EventSpec(kit.name, kit.name, kit.title, scores=_scores(kit, None, kit.name))


def load_event(kit: Kit, event_name: str) -> EventSpec:
    """Read one event of a kit.

    Without ``[[scores]]`` the event shows every score type of ``problem.py``, the first one official.

    Raises
    ------
    NotFound
        If the file is missing.
    KitError
        If it cannot be read, or a key is unknown, missing or of a wrong type; file and key are named.
    """
    table, where = _table(kit.path, event_name)
    teaching = table.pop("teaching", None)
    scores = _scores(kit, table.pop("scores", None), where)
    spec = EventSpec(name=event_name, problem_name=kit.name, scores=scores, **_settings(table, where))
    read_teaching(teaching, where)
    return spec


def event_settings(path: str | Path, event_name: str) -> dict[str, Any]:
    """Return what the file of an event says or leaves to defaults, but for scores and teaching; executes nothing.

    Raises
    ------
    NotFound, KitError
        As :func:`load_event` does.
    """
    table, where = _table(Path(path), event_name)
    table.pop("scores", None)
    read_teaching(table.pop("teaching", None), where)
    defaults = {field.name: field.default for field in fields(EventSpec) if field.default is not MISSING}
    return {**defaults, **_settings(table, where)}


def event_teaching(path: str | Path, event_name: str) -> Teaching:
    """Return what the file of an event has for its participants; executes nothing.

    Raises
    ------
    NotFound, KitError
        If the file is missing, cannot be read, or its section ``[teaching]`` is wrong.
    """
    table, where = _table(Path(path), event_name)
    return read_teaching(table.get("teaching"), where)


def _table(path: Path, event_name: str) -> tuple[dict[str, Any], str]:
    if event_name not in event_names(path):
        there = ", ".join(event_names(path)) or "none"
        raise NotFound(f"{path.name} has no event {event_name!r}. Its events: {there}.")
    import tomllib  # not in Python 3.10, where code of a kit may run but no event is read

    where = f"{path.name}/events/{event_name}.toml"
    text = read_text(path, f"events/{event_name}.toml")
    try:
        return tomllib.loads(text), where
    except tomllib.TOMLDecodeError as error:
        raise KitError(f"{where}: not valid TOML: {error}. Fix it there.") from error


def _settings(table: dict[str, Any], where: str) -> dict[str, Any]:
    known = {field.name: field for field in fields(EventSpec) if field.name not in _DERIVED}
    for key in table:
        if key not in known:
            raise KitError(f"{where}: unknown key {key!r}. Known keys: {', '.join(known)}, scores, teaching.")
    for name, field in known.items():
        if field.default is MISSING and name not in table:
            raise KitError(f"{where}: {name} is missing. Add {name} = {_KINDS[field.type][1]}.")
    settings = {key: _value(table[key], known[key].type, key, where) for key in table}
    opens_at, closes_at = settings.get("opens_at"), settings.get("closes_at")
    if opens_at and closes_at and closes_at <= opens_at:
        raise KitError(f"{where}: closes_at ({closes_at}) should be after opens_at ({opens_at}).")
    return settings


def _value(value: Any, kind: Any, key: str, where: str) -> Any:
    python_type, wanted = _KINDS[kind]
    # bool is an int to Python, but `true` is no number to an instructor
    if not isinstance(value, python_type) or (python_type is int and isinstance(value, bool)):
        raise KitError(f"{where}: {key} should be {wanted}, got {value!r}.")
    lowest = 0 if key in _MAY_BE_ZERO else 1
    if python_type is int and value < lowest:
        raise KitError(f"{where}: {key} should be {lowest} or more, got {value}.")
    if python_type is datetime:
        if value.tzinfo is None:
            raise KitError(f"{where}: {key} should be {wanted}, got {value.isoformat()} without a zone.")
        return value.astimezone(timezone.utc)
    if key == "time_zone" and value not in available_timezones():
        raise KitError(f"{where}: time_zone should be a name such as Europe/Paris, got {value!r}.")
    if key == "resources" and not all(map(_RESOURCE.fullmatch, value.split())):
        raise KitError(f'{where}: resources should be such as "GPU=1 MEMORY=8e9", got {value!r}.')
    return value


def _scores(kit: Kit, tables: Any, where: str) -> tuple[EventScore, ...]:
    by_name = {score_type.name: score_type for score_type in kit.score_types}
    if tables is None:
        tables = [{"score_type": name} for name in by_name]
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise KitError(f"{where}: scores should be one or more [[scores]] tables.")
    scores = [_score(table, by_name, f"{where}, [[scores]] {i + 1}") for i, table in enumerate(tables)]
    if len({score.name for score in scores}) < len(scores):
        raise KitError(f"{where}: two [[scores]] have the same name. Give one of them a name of its own.")
    official = [i for i, table in enumerate(tables) if table.get("is_official")]
    if len(official) > 1:
        raise KitError(f"{where}: {len(official)} [[scores]] are official. Keep is_official = true on one.")
    first = official[0] if official else 0
    return tuple(EventScore(s.score_type, s.name, s.precision, i == first) for i, s in enumerate(scores))


def _score(table: dict[str, Any], by_name: dict[str, ScoreTypeFacts], where: str) -> EventScore:
    for key, value in table.items():
        if key not in _SCORE_KINDS:
            raise KitError(f"{where}: unknown key {key!r}. Known keys: {', '.join(_SCORE_KINDS)}.")
        _value(value, _SCORE_KINDS[key], key, where)
    score_type = by_name.get(table.get("score_type", ""))
    if score_type is None:
        raise KitError(f"{where}: score_type should be one of {', '.join(by_name)} (names in problem.py).")
    name = table.get("name", score_type.name)
    return EventScore(score_type.name, name, table.get("precision", score_type.precision), is_official=False)
