"""A problem: what it asks, its events, and where its submissions run."""

from flask import Blueprint, g, render_template

from databoard.views.access import needs_problem

bp = Blueprint("problem", __name__, url_prefix="/problems/<problem_name>")


@bp.get("")
@needs_problem
def show(problem_name):
    """Show the problem."""
    return render_template("problem/show.html", page=g.problem_page)
