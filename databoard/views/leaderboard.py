"""The leaderboards: validation scores for everyone of the event, test scores for whom the rules let."""

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from databoard.queries import leaderboards, records
from databoard.views.access import needs_event, needs_private_board
from databoard.views.downloads import csv_table, json_table

bp = Blueprint("leaderboard", __name__, url_prefix="/events/<event_name>")


@bp.get("/leaderboard")
@needs_event
def public(event_name: str) -> ResponseReturnValue:
    """Show the bagged validation scores."""
    return render_template("leaderboard/show.html", board=public_board(), is_private=False)


@bp.get("/leaderboard.json")
@needs_event
def public_json(event_name: str) -> ResponseReturnValue:
    """Return the same rows as JSON."""
    return json_table(records.board_records(public_board()))


@bp.get("/leaderboard.csv")
@needs_event
def public_csv(event_name: str) -> ResponseReturnValue:
    """Return the same rows as CSV."""
    return csv_table(records.board_records(public_board()), f"{event_name}_leaderboard.csv")


@bp.get("/private_leaderboard")
@needs_private_board
def private(event_name: str) -> ResponseReturnValue:
    """Show the bagged test scores."""
    return render_template("leaderboard/show.html", board=private_board(), is_private=True)


@bp.get("/private_leaderboard.json")
@needs_private_board
def private_json(event_name: str) -> ResponseReturnValue:
    """Return the same rows as JSON."""
    return json_table(records.board_records(private_board()))


@bp.get("/private_leaderboard.csv")
@needs_private_board
def private_csv(event_name: str) -> ResponseReturnValue:
    """Return the same rows as CSV."""
    return csv_table(records.board_records(private_board()), f"{event_name}_private_leaderboard.csv")


def public_board() -> leaderboards.Board:
    """Return the public rows as the visitor may see them."""
    return leaderboards.public_board(g.session, event=g.event, viewer=g.user, now=g.now)


def private_board() -> leaderboards.Board:
    """Return the private rows."""
    return leaderboards.private_board(g.session, event=g.event, viewer=g.user, now=g.now)
