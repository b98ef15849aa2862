"""Submissions: the team's own list with live states, one submission in full, its files."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from databoard.forms import page_position
from databoard.queries import board_columns, folds, records, submissions
from databoard.queries import submissions as submission_queries
from databoard.queries.paging import KeyPage
from databoard.services.submissions import control
from databoard.views.access import needs_code, needs_control, needs_printed, needs_team
from databoard.views.downloads import csv_table, download, json_record, json_table, with_links
from databoard.views.errors import is_partial

bp = Blueprint("submission", __name__)


@bp.get("/events/<event_name>/my_submissions")
@needs_team
def mine(event_name: str) -> ResponseReturnValue:
    """List the team's submissions; htmx asks for the table alone while something is pending."""
    template = "submission/_table.html" if is_partial() else "submission/mine.html"
    page = own_page()
    return render_template(template, page=page, columns=board_columns.kind_columns(g.event))


@bp.get("/events/<event_name>/my_submissions.json")
@needs_team
def mine_json(event_name: str) -> ResponseReturnValue:
    """Return the same rows as JSON."""
    page = own_page()
    return with_links(json_table(submission_records(page)), page)


@bp.get("/events/<event_name>/my_submissions.csv")
@needs_team
def mine_csv(event_name: str) -> ResponseReturnValue:
    """Return the same rows as CSV."""
    page = own_page()
    return with_links(csv_table(submission_records(page), f"{event_name}_my_submissions.csv"), page)


@bp.get("/submissions/<slug>")
@needs_code
def show(slug: str) -> ResponseReturnValue:
    """Show one submission: scores, times, error, code; htmx asks for what changes while it is pending."""
    template = "submission/_live.html" if is_partial() else "submission/show.html"
    view = submission_queries.view(
        g.session, submission=g.submission, viewer=g.event_access, store=g.store, now=g.now
    )
    return render_template(template, view=view)


@bp.get("/submissions/<slug>/printed")
@needs_printed
def printed(slug: str) -> ResponseReturnValue:
    """Show what each fold of a submission printed."""
    rows = folds.printed(g.session, g.submission)
    return render_template("submission/printed.html", submission=g.submission, event=g.event, rows=rows)


@bp.get("/submissions/<slug>/printed.txt")
@needs_printed
def printed_text(slug: str) -> ResponseReturnValue:
    """Return what the submission printed as one text file."""
    rows = folds.printed(g.session, g.submission)
    text = "".join(f"--- fold {row.number}: {row.state}\n{row.text}\n" for row in rows)
    return download(text.encode(), f"{g.submission.name}_printed.txt", "text/plain")


@bp.get("/submissions/<slug>/state.json")
@needs_code
def state_json(slug: str) -> ResponseReturnValue:
    """Return the state of a submission; while it waits also its place in the queue and when it starts."""
    row = submission_queries.row(g.session, submission=g.submission, now=g.now)
    return json_record(records.state_record(row))


@bp.get("/submissions/<slug>/cancel")
@needs_control
def ask_to_cancel(slug: str) -> ResponseReturnValue:
    """Ask for confirmation, and show which quota a cancellation returns."""
    row = submission_queries.row(g.session, submission=g.submission, now=g.now)
    has_started = g.submission.training_started_at is not None
    return render_template("submission/cancel.html", row=row, has_started=has_started)


@bp.post("/submissions/<slug>/cancel")
@needs_control
def cancel(slug: str) -> ResponseReturnValue:
    """Cancel the submission; its processes end within seconds."""
    control.cancel_one(g.session, g.submission, user=g.user, now=g.now)
    flash(f"{g.submission.name} is cancelled. Its name is free to submit again.", "success")
    return redirect(url_for("submission.show", slug=slug), 303)


@bp.get("/submissions/<slug>/folds.json")
@needs_code
def folds_json(slug: str) -> ResponseReturnValue:
    """Return the folds of a submission as JSON."""
    return json_table(own_folds())


@bp.get("/submissions/<slug>/folds.csv")
@needs_code
def folds_csv(slug: str) -> ResponseReturnValue:
    """Return the folds of a submission as CSV."""
    return csv_table(own_folds(), f"{g.submission.name}_folds.csv")


@bp.get("/submissions/<slug>/files/<element>")
@needs_code
def file(slug: str, element: str) -> ResponseReturnValue:
    """Download one file of a submission; never shown by the browser, it is a stranger's."""
    filename, content = submissions.file_bytes(
        g.session, submission=g.submission, element=element, store=g.store
    )
    return download(content, filename)


def own_page() -> KeyPage[submission_queries.SubmissionRow]:
    """Return the page of the team's submissions that the address asks for."""
    position = page_position(request)
    return submission_queries.mine(g.session, event_team=g.event_team, now=g.now, position=position)


def submission_records(page: KeyPage[submission_queries.SubmissionRow]) -> list[dict[str, object]]:
    """Return the rows of a page as records."""
    return [records.submission_record(row) for row in page.rows]


def own_folds() -> list[dict[str, object]]:
    """Return the folds of the submission as the visitor may see them."""
    can_see_test = g.event_access.can_see_private_board(g.now)
    rows = folds.of_submission(g.session, g.submission, can_see_test=can_see_test)
    return [records.fold_record(row, can_see_test=can_see_test) for row in rows]
