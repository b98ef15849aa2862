"""The ledger of a team's quota: what it took, what came back and why, what is left today."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from databoard.forms import page_position
from databoard.queries import quota as quota_queries
from databoard.queries import records
from databoard.queries.paging import KeyPage
from databoard.services.submissions.quota import DayQuota
from databoard.views.access import needs_ledger
from databoard.views.downloads import csv_table, json_table, with_links

bp = Blueprint("quota", __name__, url_prefix="/events/<event_name>")


@bp.get("/quota")
@needs_ledger
def show(event_name: str) -> ResponseReturnValue:
    """Show what is left today and the ledger; organisers see every team's, or that of ``?team=``."""
    return render_template("quota/show.html", page=ledger(), team=g.ledger_team, today=today())


@bp.get("/quota.json")
@needs_ledger
def show_json(event_name: str) -> ResponseReturnValue:
    """Return the same as JSON."""
    page = ledger()
    return with_links(json_table(ledger_records(page), today=records.day_quota_record(today())), page)


@bp.get("/quota.csv")
@needs_ledger
def show_csv(event_name: str) -> ResponseReturnValue:
    """Return the same rows as CSV."""
    page = ledger()
    return with_links(csv_table(ledger_records(page), f"{event_name}_quota.csv"), page)


def ledger() -> KeyPage[quota_queries.LedgerRow]:
    """Return the page of the ledger that the address asks for."""
    position = page_position(request)
    return quota_queries.ledger(g.session, event=g.event, event_team=g.ledger_team, position=position)


def ledger_records(page: KeyPage[quota_queries.LedgerRow]) -> list[dict[str, object]]:
    """Return the rows of a page as records."""
    return [records.ledger_record(row) for row in page.rows]


def today() -> DayQuota | None:
    """Return what the team may still do today; None for all teams."""
    if g.ledger_team is None:
        return None
    return quota_queries.today_of(g.session, event_team=g.ledger_team, now=g.now)
