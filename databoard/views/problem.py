"""A problem: what it asks, its events, and where its submissions run."""

from flask import Blueprint, g, render_template, send_file
from flask.typing import ResponseReturnValue

from databoard.queries import notebooks
from databoard.views.access import needs_problem
from databoard.views.downloads import download, personal

bp = Blueprint("problem", __name__, url_prefix="/problems/<problem_name>")


@bp.get("")
@needs_problem
def show(problem_name: str) -> ResponseReturnValue:
    """Show the problem."""
    return render_template("problem/show.html", page=g.problem_page)


@bp.get("/notebook")
@needs_problem
def notebook(problem_name: str) -> ResponseReturnValue:
    """Show the notebook of the problem."""
    found = notebooks.page(problem_name, g.store)
    return render_template("problem/notebook.html", page=g.problem_page, notebook=found)


@bp.get("/notebook.ipynb")
@needs_problem
def notebook_source(problem_name: str) -> ResponseReturnValue:
    """Download the notebook."""
    file = notebooks.source(problem_name, g.store)
    return download(file.path, file.name, "application/x-ipynb+json")


@bp.get("/notebook/<image_name>")
@needs_problem
def notebook_image(problem_name: str, image_name: str) -> ResponseReturnValue:
    """Return a picture that the notebook shows."""
    return personal(send_file(notebooks.image(problem_name, image_name, g.store).path))
