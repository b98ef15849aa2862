"""A problem: what it asks, its events, and where its submissions run."""

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from databoard.views.access import needs_problem

bp = Blueprint("problem", __name__, url_prefix="/problems/<problem_name>")


@bp.get("")
@needs_problem
def show(problem_name: str) -> ResponseReturnValue:
    """Show the problem."""
    return render_template("problem/show.html", page=g.problem_page)
