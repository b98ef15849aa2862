"""The row of a problem with its workflow and files, in one query. Called by `events` and `problems`."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from databoard.models import Problem, Workflow


def find(session: Session, condition: ColumnElement[bool]) -> Problem | None:
    """Return the problem of which `condition` holds, with its workflow and files; None without one."""
    workflow = joinedload(Problem.workflow, innerjoin=True).joinedload(Workflow.elements)
    return session.execute(select(Problem).where(condition).options(workflow)).unique().scalar_one_or_none()
