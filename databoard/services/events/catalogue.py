"""The parts of problems: file types, workflow elements, workflows, score types.

Registering a problem registers what it needs; doing it by hand first works too, and a mismatch is refused with
the difference shown. Every function may be called again: it then says that nothing changed.
"""

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard.errors import Conflict, NotFound, RuleError
from databoard.models import (
    EventScoreType,
    Extension,
    Problem,
    ScoreType,
    SubmissionFileType,
    SubmissionFileTypeExtension,
    Workflow,
    WorkflowElement,
    WorkflowElementType,
)

if TYPE_CHECKING:
    from databoard.kits import Kit, ScoreTypeFacts

NAME_PATTERN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .-]{0,63}")
#: name -> (is_editable, max_size_bytes, extensions)
FILE_TYPES = {
    "code": (True, 100_000, ("py", "R")),
    "text": (True, 100_000, ("txt", "md")),
    "data": (False, 100_000_000, ("csv",)),
}
#: The element types that everybody knows, made when first named.
KNOWN_ELEMENT_TYPES = {
    "batch_classifier": "code",
    "calibrator": "code",
    "classifier": "code",
    "clusterer": "code",
    "comments": "text",
    "estimator": "code",
    "external_data": "data",
    "feature_extractor": "code",
    "feature_extractor_clf": "code",
    "feature_extractor_reg": "code",
    "grid_feature_extractor": "code",
    "image_classifier": "code",
    "image_preprocessor": "code",
    "imputer": "code",
    "object_detector": "code",
    "regressor": "code",
    "ts_feature_extractor": "code",
}


@dataclass(frozen=True)
class Done:
    """What a task did, in one line; `is_changed` is false when everything was as asked already."""

    text: str
    is_changed: bool


def add_workflow_element_type(session: Session, *, name: str, file_type: str) -> Done:
    """Register a kind of submission file."""
    _check_name(name)
    if file_type not in FILE_TYPES:
        raise RuleError(f"Expected a file type of {', '.join(FILE_TYPES)}, got {file_type!r}.")
    row = session.scalar(select(WorkflowElementType).where(WorkflowElementType.name == name))
    if row is None:
        session.add(WorkflowElementType(name=name, file_type=_file_type(session, file_type)))
        session.flush()
        return Done(f"Added workflow element type {name} ({file_type}).", True)
    if row.file_type.name != file_type:
        raise Conflict(
            f"Workflow element type {name} exists with file type {row.file_type.name}, not {file_type}."
        )
    return Done(f"Workflow element type {name} ({file_type}) exists.", False)


def add_workflow(
    session: Session, *, name: str, element_type_names: list[str], extensions: dict[str, str] | None = None
) -> Done:
    """Register a workflow of these elements, in this order; a second call may add elements, never remove."""
    _check_name(name)
    if not element_type_names:
        raise RuleError(f"Expected the elements of workflow {name}, got none. Example: classifier.")
    if len(set(element_type_names)) < len(element_type_names):
        raise RuleError(
            f"Expected each element of workflow {name} once, got {', '.join(element_type_names)}."
        )
    workflow = session.scalar(select(Workflow).where(Workflow.name == name))
    is_new = workflow is None
    if workflow is None:
        workflow = Workflow(name=name, elements=[])
        session.add(workflow)
    there = [element.name for element in workflow.elements]
    if there != element_type_names[: len(there)]:
        raise Conflict(
            f"Workflow {name} exists with elements {', '.join(there)}, not {', '.join(element_type_names)}."
        )
    for position in range(len(there), len(element_type_names)):
        stem = element_type_names[position]
        workflow.elements.append(
            WorkflowElement(
                element_type=_element_type(session, stem),
                name=stem,
                position=position,
                extension=(extensions or {}).get(stem) or _default_extension(session, stem),
            )
        )
    session.flush()
    is_changed = is_new or len(there) < len(element_type_names)
    verb = "Added" if is_new else "Extended" if is_changed else "Exists:"
    return Done(f"{verb} workflow {name} ({', '.join(element_type_names)}).", is_changed)


def add_score_type(
    session: Session, *, name: str, is_lower_the_better: bool, minimum: float, maximum: float
) -> Done:
    """Register a score type: its direction and bounds."""
    _check_name(name)
    if math.isnan(minimum) or math.isnan(maximum) or not minimum < maximum:
        raise RuleError(f"Expected minimum < maximum for score type {name}, got {minimum} and {maximum}.")
    row = session.scalar(select(ScoreType).where(ScoreType.name == name))
    facts = f"{_direction(is_lower_the_better)}, {minimum:g} to {maximum:g}"
    if row is None:
        session.add(
            ScoreType(name=name, is_lower_the_better=is_lower_the_better, minimum=minimum, maximum=maximum)
        )
        session.flush()
        return Done(f"Added score type {name} ({facts}).", True)
    held = f"{_direction(row.is_lower_the_better)}, {row.minimum:g} to {row.maximum:g}"
    if held != facts:
        raise Conflict(f"Score type {name} exists as {held}; asked for {facts}.")
    return Done(f"Score type {name} ({facts}) exists.", False)


def register_workflow(session: Session, kit: "Kit") -> Workflow:
    """Return the row of a kit's workflow, made if there is none; also found under ``<name>_workflow``.

    When another problem has a workflow of that name with other files, the kit's name goes before its own.
    """
    names = [kit.workflow_name, f"{kit.workflow_name}_workflow"]
    known = session.scalars(select(Workflow.name).where(Workflow.name.in_(names))).all()
    name = names[0] if names[0] in known or not known else names[1]
    if _is_of_another_kit(session, name, kit):
        name = _as_name(f"{kit.name}_{kit.workflow_name}")
    for element in kit.elements:
        same = select(WorkflowElementType.id).where(WorkflowElementType.name == element.type_name)
        if session.scalar(same) is None:
            add_workflow_element_type(session, name=element.type_name, file_type=element.file_type)
    add_workflow(
        session,
        name=name,
        element_type_names=[element.name for element in kit.elements],
        extensions={element.name: element.extension for element in kit.elements},
    )
    workflow = session.scalars(select(Workflow).where(Workflow.name == name)).one()
    if [element.name for element in workflow.elements] != [element.name for element in kit.elements]:
        raise Conflict(
            f"Workflow {name} has elements {', '.join(e.name for e in workflow.elements)}; "
            f"the kit {kit.name} needs {', '.join(e.name for e in kit.elements)}."
        )
    return workflow


def _is_of_another_kit(session: Session, name: str, kit: "Kit") -> bool:
    """Whether problems other than the kit's use the workflow `name`, and it has other files than the kit's."""
    users = session.scalars(select(Problem).join(Workflow).where(Workflow.name == name)).all()
    wanted = [(element.name, element.extension) for element in kit.elements]
    there = [[(element.name, element.extension) for element in user.workflow.elements] for user in users]
    return bool(users) and kit.name not in [user.name for user in users] and wanted not in there


def refresh_problem(session: Session, problem: Problem, kit: "Kit") -> bool:
    """Let a problem follow its kit as it is now; return whether anything changed.

    Raises
    ------
    Conflict
        If the kit has another workflow: every event would have to go.
    """
    workflow = register_workflow(session, kit)
    if problem.workflow_id != workflow.id:
        raise Conflict(
            f"Problem {problem.name} uses workflow {problem.workflow.name}, its kit now {workflow.name}. "
            f"Replace it with all its events: fab add_problem:{problem.name},force=True"
        )
    is_changed = problem.kit_version != kit.version or problem.title != kit.title
    problem.kit_version, problem.title = kit.version, kit.title
    return is_changed


def register_score_type(session: Session, facts: "ScoreTypeFacts", *, kit_name: str) -> ScoreType:
    """Return the row of a kit's score type, made if there is none.

    A row under the kit's own name for it is preferred over the name of its class. When the name is taken by a score
    type of other bounds, such as another kit's weighted sum, the kit's name goes before its own.

    Raises
    ------
    Conflict
        If it was registered by hand, under the kit's own name for it, with another direction or other bounds.
    """
    row = _score_type_row(session, facts)
    name = _as_name(facts.type_name) if row is None else row.name
    if row is not None and _differs(row, facts):
        used = session.scalar(
            select(EventScoreType.id).where(EventScoreType.score_type_id == row.id).limit(1)
        )
        is_by_hand = name == facts.name != facts.type_name and used is None
        if not is_by_hand:
            name = _as_name(f"{kit_name}_{facts.name}")
    add_score_type(
        session,
        name=name,
        is_lower_the_better=facts.is_lower_the_better,
        minimum=facts.minimum,
        maximum=facts.maximum,
    )
    return session.scalars(select(ScoreType).where(ScoreType.name == name)).one()


def conflicting_score_type(session: Session, facts: "ScoreTypeFacts") -> ScoreType | None:
    """Return the row that a kit's score type has by its name, when its direction or bounds are others."""
    row = _score_type_row(session, facts)
    return row if row is not None and _differs(row, facts) else None


def _score_type_row(session: Session, facts: "ScoreTypeFacts") -> ScoreType | None:
    """Return the row under the kit's own name for a score type, else under that of its class; it may differ."""
    names = (facts.name, _as_name(facts.type_name))
    rows = {row.name: row for row in session.scalars(select(ScoreType).where(ScoreType.name.in_(names)))}
    return rows.get(names[0]) or rows.get(names[1])


def _differs(row: ScoreType, facts: "ScoreTypeFacts") -> bool:
    wanted = (facts.is_lower_the_better, facts.minimum, facts.maximum)
    return (row.is_lower_the_better, row.minimum, row.maximum) != wanted


def _as_name(text: str) -> str:
    """Return a text as a name that :data:`NAME_PATTERN` takes: what it may not hold becomes an underscore."""
    return re.sub(r"[^A-Za-z0-9_ .-]|^[ .-]", "_", text)[:64]


def _check_name(name: str) -> None:
    if not NAME_PATTERN.fullmatch(name):
        raise RuleError(f"Expected a name of 1 to 64 letters, digits, dashes or underscores, got {name!r}.")


def _direction(is_lower_the_better: bool) -> str:
    return "lower is better" if is_lower_the_better else "higher is better"


def _file_type(session: Session, name: str) -> SubmissionFileType:
    row = session.scalar(select(SubmissionFileType).where(SubmissionFileType.name == name))
    if row is not None:
        return row
    is_editable, max_size_bytes, extension_names = FILE_TYPES[name]
    row = SubmissionFileType(name=name, is_editable=is_editable, max_size_bytes=max_size_bytes)
    session.add(row)
    for extension_name in extension_names:
        extension = session.scalar(select(Extension).where(Extension.name == extension_name))
        extension = extension or Extension(name=extension_name)
        session.add(SubmissionFileTypeExtension(file_type=row, extension=extension))
    session.flush()
    return row


def _element_type(session: Session, name: str) -> WorkflowElementType:
    row = session.scalar(select(WorkflowElementType).where(WorkflowElementType.name == name))
    if row is not None:
        return row
    if name not in KNOWN_ELEMENT_TYPES:
        raise NotFound(
            f"There is no workflow element type {name!r}. Add it first: "
            f"fab add_workflow_element_type:{name},code"
        )
    row = WorkflowElementType(name=name, file_type=_file_type(session, KNOWN_ELEMENT_TYPES[name]))
    session.add(row)
    session.flush()
    return row


def _default_extension(session: Session, element_type_name: str) -> str:
    return FILE_TYPES[_element_type(session, element_type_name).file_type.name][2][0]
