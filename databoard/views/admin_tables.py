"""The tables of the administration as pages, JSON and CSV; `queries.tables` holds their rows."""

from typing import Any, NamedTuple

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from databoard.errors import InvalidParameter
from databoard.forms import page_position
from databoard.queries.paging import KeyPage
from databoard.queries.tables.catalogue import TABLES
from databoard.queries.tables.table import Asked, Column, Row
from databoard.views.access import is_admin
from databoard.views.admin_access import needs_table
from databoard.views.downloads import csv_table, json_table, with_links
from databoard.views.errors import is_partial

bp = Blueprint("admin_tables", __name__, url_prefix="/admin")
#: Words of an address that choose a page and are no filters.
PAGE_WORDS = frozenset({"after", "before", "cursor", "page_size"})
#: The page of what a cell names: its endpoint, and the variable of its address.
PAGES: dict[str, tuple[str, str]] = {
    "submission": ("submission.show", "slug"),
    "event": ("event.show", "event_name"),
    "event_settings": ("admin_settings.event", "event_name"),
    "user": ("admin_settings.user", "login"),
    "problem": ("problem.show", "problem_name"),
    "job": ("admin_jobs.show", "job_id"),
    "administered": ("admin_jobs.submission", "submission_id"),
    "worker": ("admin.show_worker", "worker_name"),
}
#: The page of a table that has more on it than rows and filters.
TEMPLATES = {
    "jobs": "admin/jobs.html",
    "storage": "admin/storage.html",
    "submissions": "admin/submissions.html",
}


class Tab(NamedTuple):
    """A page in the menu of the administration."""

    title: str
    url: str


@bp.get("/<table_name>")
@needs_table
def show(table_name: str) -> ResponseReturnValue:
    """Show a table with its filters; htmx asks for the rows alone."""
    page, chosen = table_page(), chosen_filters()
    facts = {
        "table": g.table,
        "page": page,
        "chosen": chosen,
        "here": chosen | page.here(),
        "cell_url": cell_url,
    }
    whole = TEMPLATES.get(table_name, "admin/table.html")
    return render_template("admin/_table.html" if is_partial() else whole, **facts)


@bp.get("/<table_name>.json")
@needs_table
def as_json(table_name: str) -> ResponseReturnValue:
    """Return the same rows as JSON; `next` and `previous` are the cursors of the pages beside."""
    page = table_page()
    records = g.table.records(page.rows)
    return with_links(json_table(records, next=page.next, previous=page.previous), page)


@bp.get("/<table_name>.csv")
@needs_table
def as_csv(table_name: str) -> ResponseReturnValue:
    """Return the same rows as CSV."""
    page = table_page()
    return with_links(csv_table(g.table.records(page.rows), f"{g.table.name}.csv"), page)


def table_page() -> KeyPage[Row]:
    """Return the page of the table that the address asks for."""
    asked = Asked(
        viewer=g.user,
        now=g.now,
        lease_s=g.config.lease_s,
        size=page_size(),
        chosen=chosen_filters(),
        position=page_position(request),
    )
    page: KeyPage[Row] = g.table.page(g.session, asked)
    return page


def page_size() -> int:
    """Return how many rows the address asks for."""
    text = request.args.get("page_size", "")
    if text and not (text.isascii() and text.isdecimal()):
        raise InvalidParameter(f"Expected page_size to be a whole number, got {text[:20]!r}.")
    return int(text[:9]) if text else int(g.config.page_size)


def chosen_filters() -> dict[str, str]:
    """Return what the address chooses by; an empty field chooses nothing."""
    given = ((name, value.strip()) for name, value in request.args.items())
    return {name: value for name, value in given if value and name not in PAGE_WORDS}


def tabs() -> list[Tab]:
    """Return the admin pages that the visitor may see."""
    found = [Tab("Overview", url_for("admin.overview"))] if is_admin() else []
    for table in TABLES.values():
        if is_admin() or table.is_for_organisers:
            found.append(Tab(table.title, url_for("admin_tables.show", table_name=table.name)))
    if is_admin():
        found.append(Tab("Logs", url_for("admin_logs.show")))
    return found


def cell_url(column: Column, row: Row) -> str | None:
    """Return the address of what a cell names; None when it has no page that the visitor may see."""
    if column.leads_to in {"user", "worker"} and not is_admin():
        return None
    key, page = row.keys.get(column.leads_to), PAGES.get(column.leads_to)
    return None if page is None or key is None else url_for(page[0], **dict[str, Any]({page[1]: key}))
